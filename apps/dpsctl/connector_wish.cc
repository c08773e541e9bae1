// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/connector_wish.h"

#include <array>
#include <filesystem>

#include "apps/dpsctl/input_file.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/secret_box.h"
#include "core/http/connection_string.h"
#include "core/hub/iot_hub.h"
#include "core/service_api/connectors.h"

namespace dps {
namespace {

enum class Form {
  kText,
  kSecret,   // or where it is
  kPath,     // of a file that the broker reads
  kContent,  // of a file is meant
};

struct ConnectorOption {
  const char* name;
  std::string_view member;
  std::optional<std::string> Arguments::*value;
  Form form;
  std::string_view types;  // of connectors that have it
};

constexpr std::array kOptions = {
    ConnectorOption{"--connector-url", "url", &Arguments::connector_url,
                    Form::kText, "mosquitto webhook"},
    ConnectorOption{"--connector-username", "username",
                    &Arguments::connector_username, Form::kText, "mosquitto"},
    ConnectorOption{"--connector-password", "password",
                    &Arguments::connector_password, Form::kSecret, "mosquitto"},
    ConnectorOption{"--connection-string", "connectionString",
                    &Arguments::connection_string, Form::kSecret, "iothub"},
    ConnectorOption{"--connector-key", "key", &Arguments::connector_key,
                    Form::kSecret, "webhook"},
    ConnectorOption{"--ca-file", "caFile", &Arguments::ca_file, Form::kPath,
                    "mosquitto iothub webhook"},
    ConnectorOption{"--certificate-file", "certificateFile",
                    &Arguments::certificate_file, Form::kPath, "mosquitto"},
    ConnectorOption{"--key-file", "keyFile", &Arguments::key_file, Form::kPath,
                    "mosquitto"},
    ConnectorOption{"--device-role", "role", &Arguments::device_role,
                    Form::kText, "mosquitto"},
    ConnectorOption{"--device-role-template", "roleTemplate",
                    &Arguments::device_role_template, Form::kContent,
                    "mosquitto"},
    ConnectorOption{"--twin-topic", "twinTopic", &Arguments::twin_topic,
                    Form::kText, "mosquitto"},
    ConnectorOption{"--notice-topic", "noticeTopic", &Arguments::notice_topic,
                    Form::kText, "mosquitto"},
};

std::string Absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

// A secret that is read from somewhere is one, whatever it looks like.
Result<std::string> ReadSecret(const std::string& given) {
  if (given.starts_with(kSecretInFile) && given.size() > kSecretInFile.size()) {
    return std::string(kSecretInFile) +
           Absolute(given.substr(kSecretInFile.size()));
  }
  if (given != "-" && !given.starts_with('@')) return given;
  const std::string path = given == "-" ? "/dev/stdin" : given.substr(1);
  DPS_TRY(std::string text, ReadInputFile(path, limits::kConnectorTextMax));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return std::string(kPlainSecret) + text;
}

Result<std::string> Read(const ConnectorOption& option,
                         const std::string& given) {
  if (given.empty()) return given;
  switch (option.form) {
    case Form::kSecret:
      return ReadSecret(given);
    case Form::kPath:
      return Absolute(given);
    case Form::kContent:
      return ReadInputFile(given, limits::kConnectorTextMax);
    case Form::kText:
      break;
  }
  return given;
}

// Members the stored connector has, if it is of this type.
Result<JsonDocument> StoredMembers(const LinkedHub& hub,
                                   std::string_view type) {
  JsonWriter json;
  if (type != TypeOf(hub.connector)) {
    return JsonDocument::ParseObject(json.StartObject().EndObject().Take());
  }
  WriteConnector(json, hub.connector, Secrets::kAll);
  return JsonDocument::ParseObject(json.Take());
}

// The service sees a sealed secret that would go elsewhere, but cannot tell a
// reference that is taken over from one that is given.
Status CheckSecretStays(const ConnectorWish& wish,
                        const ConnectorSettings& stored,
                        ConnectorSettings wished) {
  const StoredSecret* secret = SecretOf(wished);
  if (secret == nullptr || secret->empty() ||
      stored.index() != wished.index() ||
      AddressOfSecret(stored) == AddressOfSecret(wished)) {
    return {};
  }
  for (const ConnectorOption& option : kOptions) {
    if (option.form != Form::kSecret ||
        option.types.find(TypeOf(wished)) == std::string_view::npos ||
        wish.members.contains(option.member)) {
      continue;
    }
    return Fail(Errc::kInvalidArgument,
                std::string(option.name) +
                    " must come along: the secret that is stored is for " +
                    AddressOfSecret(stored) + ", not for " +
                    AddressOfSecret(wished));
  }
  return {};
}

}  // namespace

Result<ConnectorWish> ReadConnectorWish(const Arguments& arguments) {
  ConnectorWish wish{.type = arguments.connector, .members = {}};
  if (!wish.type && arguments.connection_string) wish.type = "iothub";
  for (const ConnectorOption& option : kOptions) {
    const auto& given = arguments.*option.value;
    if (!given) continue;
    DPS_TRY(wish.members[option.member], Read(option, *given));
  }
  return wish;
}

Result<HubName> HubNameOf(const Arguments& arguments,
                          const ConnectorWish& wish) {
  if (arguments.hub_name) return HubName::Parse(*arguments.hub_name);
  const auto given = wish.members.find("connectionString");
  if (given == wish.members.end()) {
    return Fail(Errc::kInvalidArgument, "--hub-name is required");
  }
  std::string_view text = given->second;
  if (text.starts_with(kPlainSecret)) text.remove_prefix(kPlainSecret.size());
  if (text.starts_with(kSecretInFile) ||
      text.starts_with(kSecretInEnvironment)) {
    return Fail(Errc::kInvalidArgument,
                "--hub-name is required where the connection string is "
                "elsewhere");
  }
  DPS_TRY(const ConnectionString parts,
          ParseConnectionString(text, kIotHubConnectionString));
  return HubName::Parse(parts.host);
}

Status ApplyConnector(const ConnectorWish& wish, LinkedHub& hub) {
  if (!wish.type && wish.members.empty()) return {};
  const std::string type =
      wish.type.value_or(std::string(TypeOf(hub.connector)));
  DPS_TRY(const JsonDocument stored, StoredMembers(hub, type));
  JsonWriter json;
  json.StartObject().Member("type", type);
  for (const ConnectorOption& option : kOptions) {
    const auto given = wish.members.find(option.member);
    if (given == wish.members.end()) {
      DPS_TRY(const auto before, stored.root().OptionalString(option.member));
      json.MemberNonempty(option.member, before.value_or(""));
      continue;
    }
    if (option.types.find(type) == std::string_view::npos) {
      return Fail(Errc::kInvalidArgument,
                  std::string(option.name) +
                      " is not for a connector of type " + type +
                      "; --connector says which it is");
    }
    json.MemberNonempty(option.member, given->second);
  }
  DPS_TRY(const JsonDocument document,
          JsonDocument::ParseObject(json.EndObject().Take()));
  DPS_TRY(ConnectorSettings wished,
          ParseConnector(document.root(), DocumentSource::kOperator));
  DPS_CHECK(CheckSecretStays(wish, hub.connector, wished));
  hub.connector = std::move(wished);
  return {};
}

}  // namespace dps
