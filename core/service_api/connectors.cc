// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/connectors.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/text.h"
#include "core/http/connection_string.h"
#include "core/http/target.h"
#include "core/hub/iot_hub.h"
#include "core/hub/make_connector.h"
#include "core/hub/mosquitto_address.h"
#include "core/model/secret_context.h"
#include "core/model/webhook_key.h"

namespace dps {
namespace {

// The text of a secret that came as it is; nullopt for all others.
std::optional<std::string_view> PlainText(const StoredSecret& secret) {
  if (!secret.text.starts_with(kPlainSecret)) return std::nullopt;
  return std::string_view(secret.text).substr(kPlainSecret.size());
}

Status CheckSecretReference(const StoredSecret& secret) {
  if (secret.text == kSecretInEnvironment) {
    return Fail(Errc::kInvalidArgument, "env: lacks the variable's name");
  }
  if (!secret.text.starts_with(kSecretInFile) ||
      secret.text[kSecretInFile.size()] == '/') {
    return {};
  }
  return Fail(Errc::kInvalidArgument,
              "file: must name a file by its whole path");
}

Status CheckPath(std::string_view member, const std::string& path) {
  if (path.empty() || path.starts_with('/')) return {};
  return Fail(Errc::kInvalidArgument,
              std::string(member) + " must be the whole path of a file");
}

Status Check(const NoConnector&) { return {}; }

// A hub that is made connects to nobody yet.
Status Check(const MosquittoConnectorSettings& settings) {
  DPS_CHECK(CheckPath("caFile", settings.ca_file));
  DPS_CHECK(CheckPath("certificateFile", settings.certificate_file));
  DPS_CHECK(CheckPath("keyFile", settings.key_file));
  return MosquittoHub::Create(OptionsOf(settings)).map([](const auto&) {});
}

Status Check(const IotHubConnectorSettings& settings) {
  DPS_CHECK(CheckPath("caFile", settings.ca_file));
  const auto text = PlainText(settings.connection_string);
  if (!text) return {};
  return ParseConnectionString(*text, kIotHubConnectionString)
      .map([](const auto&) {});
}

Status Check(const WebhookConnectorSettings& settings) {
  DPS_CHECK(CheckPath("caFile", settings.ca_file));
  if (const auto key = PlainText(settings.key)) {
    DPS_CHECK(ParseWebhookKey(*key));
  }
  const auto target = HttpTarget::Parse(settings.url);
  if (target) return {};
  return Fail(Errc::kInvalidArgument, "url: " + target.error().message);
}

using References = std::vector<std::string>;

References FilesOf(const NoConnector&) { return {}; }

References FilesOf(const MosquittoConnectorSettings& settings) {
  return {settings.ca_file, settings.certificate_file, settings.key_file};
}

References FilesOf(const IotHubConnectorSettings& settings) {
  return {settings.ca_file};
}

References FilesOf(const WebhookConnectorSettings& settings) {
  return {settings.ca_file};
}

bool IsReference(const StoredSecret& secret) {
  return secret.text.starts_with(kSecretInFile) ||
         secret.text.starts_with(kSecretInEnvironment);
}

// Of files and variables; empty for those that are not used.
References ReferencesOf(ConnectorSettings settings) {
  References references =
      std::visit([](const auto& one) { return FilesOf(one); }, settings);
  const StoredSecret* secret = SecretOf(settings);
  references.push_back(secret != nullptr && IsReference(*secret) ? secret->text
                                                                 : "");
  return references;
}

std::string AddressOf(const NoConnector&) { return {}; }

std::string AddressOf(const MosquittoConnectorSettings& settings) {
  const auto address = ParseMosquittoUrl(settings.url);
  if (!address) return {};
  return (address->tls ? "mqtts://" : "mqtt://") + AsciiLower(address->host) +
         ':' + std::to_string(address->port);
}

std::string AddressOf(const IotHubConnectorSettings&) { return {}; }

std::string AddressOf(const WebhookConnectorSettings& settings) {
  const auto target = HttpTarget::Parse(settings.url);
  return target ? target->origin() : std::string();
}

}  // namespace

Status CheckConnector(const ConnectorSettings& settings) {
  ConnectorSettings copy = settings;
  if (const StoredSecret* secret = SecretOf(copy)) {
    DPS_CHECK(CheckSecretReference(*secret));
  }
  return std::visit([](const auto& one) { return Check(one); }, settings);
}

Status SealSecret(const SecretBox& box, const IdScope& scope, LinkedHub& hub) {
  StoredSecret* secret = SecretOf(hub.connector);
  const auto text = secret == nullptr ? std::nullopt : PlainText(*secret);
  if (!text) return {};
  const SecretBytes plain(*text);
  if (plain.empty()) {
    return Fail(Errc::kInvalidArgument, "the connector's secret is empty");
  }
  DPS_TRY(secret->text, box.Seal(plain, SecretContext(scope, hub.name)));
  return {};
}

std::string AddressOfSecret(const ConnectorSettings& settings) {
  return std::visit([](const auto& one) { return AddressOf(one); }, settings);
}

Status CheckReferencesOfStranger(const LinkedHub* stored,
                                 const LinkedHub& hub) {
  const References now = ReferencesOf(hub.connector);
  if (std::ranges::all_of(now, &std::string::empty)) return {};
  const ConnectorSettings before =
      stored == nullptr ? ConnectorSettings() : stored->connector;
  if (before.index() == hub.connector.index() &&
      AddressOfSecret(before) == AddressOfSecret(hub.connector)) {
    const auto is_known = [](const std::string& one, const std::string& known) {
      return one.empty() || one == known;
    };
    if (std::ranges::equal(now, ReferencesOf(before), is_known)) return {};
  }
  return Fail(Errc::kForbidden,
              "files and environment variables of the service's machine can "
              "only be named on that machine, by dpsctl on the store");
}

Status KeepSecret(const LinkedHub* stored, LinkedHub& hub) {
  StoredSecret* secret = SecretOf(hub.connector);
  if (secret == nullptr || secret->text != kKeptSecret) return {};
  if (stored != nullptr && stored->connector.index() == hub.connector.index()) {
    const std::string before = AddressOfSecret(stored->connector);
    const std::string now = AddressOfSecret(hub.connector);
    if (now != before) {
      return Fail(Errc::kInvalidArgument,
                  "the connector's secret is kept for " + before +
                      " and would be used at " + now + ": give it anew");
    }
    ConnectorSettings kept = stored->connector;
    *secret = *SecretOf(kept);
    if (!secret->empty()) return {};
  }
  return Fail(Errc::kInvalidArgument, "the connector's secret is " +
                                          std::string(kKeptSecret) +
                                          ", but a connector of type " +
                                          std::string(TypeOf(hub.connector)) +
                                          " has none stored: give it anew");
}

}  // namespace dps
