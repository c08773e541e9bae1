// SPDX-License-Identifier: Apache-2.0
#include "core/hub/make_connector.h"

#include <cassert>
#include <utility>
#include <variant>

#include "core/hub/iot_hub.h"
#include "core/hub/webhook_hub.h"
#include "core/model/secret_context.h"
#include "core/model/webhook_key.h"

namespace dps {
namespace {

using Made = Result<std::unique_ptr<HubConnector>>;

// What a connector is made with beside its settings.
struct Opened {
  const ConnectorParts& parts;
  std::string linked_as;  // the scope and the hub
  SecretBytes secret;     // empty = none
  std::stop_token stop;
};

Made Make(const NoConnector&, const Opened&) {
  assert(false);
  return Fail(Errc::kInvalidArgument, "the hub has no connector");
}

Made Make(const MosquittoConnectorSettings& settings, const Opened& opened) {
  MosquittoHubOptions options = OptionsOf(settings);
  options.password = opened.secret;
  options.linked_as = opened.linked_as;
  options.timeout = opened.parts.timeout;
  options.stop = opened.stop;
  return MosquittoHub::Create(std::move(options));
}

Made Make(const IotHubConnectorSettings& settings, const Opened& opened) {
  return IotHub::Create({.connection_string = opened.secret,
                         .ca_file = settings.ca_file,
                         .stop = opened.stop},
                        opened.parts.http, opened.parts.clock);
}

Made Make(const WebhookConnectorSettings& settings, const Opened& opened) {
  WebhookHubOptions options{.url = settings.url,
                            .signing_key = {},
                            .ca_file = settings.ca_file,
                            .stop = opened.stop};
  if (!opened.secret.empty()) {
    DPS_TRY(options.signing_key, ParseWebhookKey(opened.secret.Reveal()));
  }
  return WebhookHub::Create(options, opened.parts.http, opened.parts.clock);
}

}  // namespace

MosquittoHubOptions OptionsOf(const MosquittoConnectorSettings& settings) {
  return {.url = settings.url,
          .username = settings.username,
          .password = {},
          .ca_file = settings.ca_file,
          .certificate_file = settings.certificate_file,
          .key_file = settings.key_file,
          .role = settings.role,
          .role_template_json = settings.role_template_json,
          .twin_topic = settings.twin_topic,
          .notice_topic = settings.notice_topic,
          .linked_as = {},
          .stop = {}};
}

namespace {

// One that cannot be had is a mistake in our settings, as is a CA file that
// cannot be read: no hub failed.
Result<SecretBytes> OpenSecret(const SecretBox& secrets,
                               const StoredSecret& stored,
                               const std::string& context) {
  auto secret = secrets.Open(stored.text, context);
  if (secret) return secret;
  return Fail(
      Errc::kInvalidArgument,
      "the credential of the hub's connector: " + secret.error().message);
}

}  // namespace

Made MakeConnector(const ConnectorParts& parts, const IdScope& scope,
                   const LinkedHub& hub, std::stop_token stop) {
  ConnectorSettings settings = hub.connector;
  Opened opened{.parts = parts,
                .linked_as = scope.text() + '/' + hub.name.text(),
                .secret = {},
                .stop = std::move(stop)};
  const StoredSecret* secret = SecretOf(settings);
  if (secret != nullptr && !secret->empty()) {
    DPS_TRY(opened.secret,
            OpenSecret(parts.secrets, *secret, SecretContext(scope, hub.name)));
  }
  return std::visit([&](const auto& one) { return Make(one, opened); },
                    settings);
}

}  // namespace dps
