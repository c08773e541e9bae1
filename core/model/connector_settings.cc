// SPDX-License-Identifier: Apache-2.0
#include "core/model/connector_settings.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/limits.h"
#include "core/base/secret_box.h"
#include "core/base/text.h"

namespace dps {
namespace {

// The texts of a kind's settings, by their members' names: one list for both
// directions.
template <class Settings>
using Text = std::pair<std::string_view, std::string Settings::*>;
template <class Settings>
using Secret = std::pair<std::string_view, StoredSecret Settings::*>;

constexpr std::array<Text<MosquittoConnectorSettings>, 9> kMosquittoTexts = {{
    {"url", &MosquittoConnectorSettings::url},
    {"username", &MosquittoConnectorSettings::username},
    {"caFile", &MosquittoConnectorSettings::ca_file},
    {"certificateFile", &MosquittoConnectorSettings::certificate_file},
    {"keyFile", &MosquittoConnectorSettings::key_file},
    {"role", &MosquittoConnectorSettings::role},
    {"roleTemplate", &MosquittoConnectorSettings::role_template_json},
    {"twinTopic", &MosquittoConnectorSettings::twin_topic},
    {"noticeTopic", &MosquittoConnectorSettings::notice_topic},
}};
constexpr std::array<Text<IotHubConnectorSettings>, 1> kIotHubTexts = {
    {{"caFile", &IotHubConnectorSettings::ca_file}}};
constexpr std::array<Text<WebhookConnectorSettings>, 2> kWebhookTexts = {
    {{"url", &WebhookConnectorSettings::url},
     {"caFile", &WebhookConnectorSettings::ca_file}}};

constexpr Secret<MosquittoConnectorSettings> kMosquittoSecret = {
    "password", &MosquittoConnectorSettings::password};
constexpr Secret<IotHubConnectorSettings> kIotHubSecret = {
    "connectionString", &IotHubConnectorSettings::connection_string};
constexpr Secret<WebhookConnectorSettings> kWebhookSecret = {
    "key", &WebhookConnectorSettings::key};

template <class Settings>
struct Members {
  std::span<const Text<Settings>> texts;
  Secret<Settings> secret;
};

Members<MosquittoConnectorSettings> MembersOf(
    const MosquittoConnectorSettings&) {
  return {kMosquittoTexts, kMosquittoSecret};
}
Members<IotHubConnectorSettings> MembersOf(const IotHubConnectorSettings&) {
  return {kIotHubTexts, kIotHubSecret};
}
Members<WebhookConnectorSettings> MembersOf(const WebhookConnectorSettings&) {
  return {kWebhookTexts, kWebhookSecret};
}

bool IsReference(std::string_view secret) {
  return secret.starts_with(kSecretInFile) ||
         secret.starts_with(kSecretInEnvironment);
}

std::string Shown(const StoredSecret& secret, Secrets secrets) {
  if (secrets == Secrets::kAll || secret.empty() || IsReference(secret.text)) {
    return secret.text;
  }
  return std::string(kKeptSecret);
}

Status CheckText(std::string_view member, std::string_view text) {
  if (text.size() <= limits::kConnectorTextMax) return {};
  return Fail(Errc::kInvalidArgument,
              std::string(member) + " is longer than " +
                  std::to_string(limits::kConnectorTextMax) + " bytes");
}

// What has been sealed can only come from the store.
Result<StoredSecret> ParseSecret(std::string_view member, std::string text,
                                 DocumentSource source) {
  DPS_CHECK(CheckText(member, text));
  if (text.empty() || IsReference(text)) return StoredSecret{std::move(text)};
  const bool is_sealed = text.starts_with(kSealedSecret);
  if (is_sealed == (source == DocumentSource::kStore)) {
    if (is_sealed || text == kKeptSecret || text.starts_with(kPlainSecret)) {
      return StoredSecret{std::move(text)};
    }
    return StoredSecret{std::string(kPlainSecret) + text};
  }
  return Fail(Errc::kInvalidArgument,
              std::string(member) +
                  " must be file:PATH, env:NAME, or the "
                  "secret itself");
}

// Names the settings do not have are mistyped ones.
template <class Settings>
Status CheckNames(JsonView object, const Members<Settings>& members) {
  for (const std::string& name : object.Names()) {
    const bool known = name == "type" || name == members.secret.first ||
                       std::ranges::any_of(members.texts, [&](const auto& one) {
                         return one.first == name;
                       });
    if (!known) {
      return Fail(Errc::kInvalidArgument,
                  "a connector of this type has no member " + Printable(name));
    }
  }
  return {};
}

template <class Settings>
Result<ConnectorSettings> Parse(JsonView object, DocumentSource source,
                                std::string_view required) {
  Settings settings;
  const Members<Settings> members = MembersOf(settings);
  DPS_CHECK(CheckNames(object, members));
  for (const auto& [name, field] : members.texts) {
    DPS_TRY(const auto text, object.OptionalString(name));
    DPS_CHECK(CheckText(name, text.value_or("")));
    settings.*field = text.value_or("");
  }
  const auto& [secret_name, secret] = members.secret;
  DPS_TRY(const auto text, object.OptionalString(secret_name));
  DPS_TRY(settings.*secret,
          ParseSecret(secret_name, text.value_or(""), source));
  const auto given = object.Find(required);
  if (!given || given->AsString() == "") {
    return Fail(Errc::kInvalidArgument,
                "the connector lacks its " + std::string(required));
  }
  return ConnectorSettings(std::move(settings));
}

}  // namespace

std::string_view TypeOf(const ConnectorSettings& settings) {
  constexpr std::array<std::string_view, 4> kTypes = {"none", "mosquitto",
                                                      "iothub", "webhook"};
  static_assert(kTypes.size() == std::variant_size_v<ConnectorSettings>);
  return kTypes.at(settings.index());
}

StoredSecret* SecretOf(ConnectorSettings& settings) {
  return std::visit(
      [](auto& one) -> StoredSecret* {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>,
                                     NoConnector>) {
          return nullptr;
        } else {
          return &(one.*MembersOf(one).secret.second);
        }
      },
      settings);
}

void WriteConnector(JsonWriter& json, const ConnectorSettings& settings,
                    Secrets secrets) {
  json.StartObject();
  json.Member("type", TypeOf(settings));
  std::visit(
      [&](const auto& one) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(one)>,
                                      NoConnector>) {
          const auto members = MembersOf(one);
          for (const auto& [name, field] : members.texts) {
            json.MemberNonempty(name, one.*field);
          }
          const auto& [name, field] = members.secret;
          json.MemberNonempty(name, Shown(one.*field, secrets));
        }
      },
      settings);
  json.EndObject();
}

Result<ConnectorSettings> ParseConnector(JsonView object,
                                         DocumentSource source) {
  DPS_TRY(const std::string type, object.String("type"));
  if (type == "none") return ConnectorSettings(NoConnector());
  if (type == "mosquitto") {
    return Parse<MosquittoConnectorSettings>(object, source, "url");
  }
  if (type == "iothub") {
    return Parse<IotHubConnectorSettings>(object, source, "connectionString");
  }
  if (type == "webhook") {
    return Parse<WebhookConnectorSettings>(object, source, "url");
  }
  return Fail(Errc::kInvalidArgument,
              "unknown connector type " + Printable(type) +
                  ", must be none, mosquitto, iothub or webhook");
}

}  // namespace dps
