// SPDX-License-Identifier: Apache-2.0
// How a linked hub is reached: which kind it is, where, with what credential.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/model/attestation.h"
#include "core/model/enrolled_certificate.h"

namespace dps {

// A secret as the store keeps it: `file:/path` and `env:NAME` refer to where
// it is, `sealed:...` holds it encrypted (core/base/secret_box.h). What an
// operator sends is either such a reference, or the secret itself, which is
// kPlainSecret and the text (he may leave that out) until it is sealed; or
// kKeptSecret, as it was shown to him: the one that is stored already. Empty =
// none.
inline constexpr std::string_view kPlainSecret = "plain:";
inline constexpr std::string_view kKeptSecret = "(sealed)";
struct StoredSecret {
  std::string text;

  bool empty() const { return text.empty(); }
  friend bool operator==(const StoredSecret&, const StoredSecret&) = default;
};

// A hub that is just a name.
struct NoConnector {
  friend bool operator==(const NoConnector&, const NoConnector&) = default;
};

// Another Mosquitto broker with its dynamic-security plugin.
struct MosquittoConnectorSettings {
  std::string url;  // mqtt://host[:1883] or mqtts://host[:8883]
  std::string username;
  StoredSecret password;
  // PEM files on the machine that connects; empty = the system's CAs, none.
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  // An existing role that each device gets; empty = one of its own, made of
  // `role_template`.
  std::string role;
  // JSON array of dynamic-security ACLs, `{deviceId}` standing for the device;
  // empty = the default (docs/hubs.md).
  std::string role_template_json;
  // Under which the twin's topics are; holds `{deviceId}`; empty = default.
  std::string twin_topic;
  // On which a device is asked to register anew; holds `{deviceId}`; empty =
  // default.
  std::string notice_topic;

  friend bool operator==(const MosquittoConnectorSettings&,
                         const MosquittoConnectorSettings&) = default;
};

// Azure IoT Hub.
struct IotHubConnectorSettings {
  // HostName=...;SharedAccessKeyName=...;SharedAccessKey=...
  StoredSecret connection_string;
  std::string ca_file;  // empty = the system's

  friend bool operator==(const IotHubConnectorSettings&,
                         const IotHubConnectorSettings&) = default;
};

// Any other hub, by its owner's server.
struct WebhookConnectorSettings {
  std::string url;
  StoredSecret key;     // signs the requests; empty = unsigned
  std::string ca_file;  // empty = the system's

  friend bool operator==(const WebhookConnectorSettings&,
                         const WebhookConnectorSettings&) = default;
};

using ConnectorSettings =
    std::variant<NoConnector, MosquittoConnectorSettings,
                 IotHubConnectorSettings, WebhookConnectorSettings>;

// `none`, `mosquitto`, `iothub`, `webhook`.
std::string_view TypeOf(const ConnectorSettings& settings);

// The one secret that each kind but `none` has; null for that.
StoredSecret* SecretOf(ConnectorSettings& settings);

// The member `connector` of a linked hub: `{"type":"mosquitto","url":...}`.
// kAll: the stored form; else secrets are told by where they are, or as
// kKeptSecret. Members at their defaults are left out.
void WriteConnector(JsonWriter& json, const ConnectorSettings& settings,
                    Secrets secrets);
// Errors: kInvalidArgument: an unknown type, a member the type has not, a
// missing or malformed one.
[[nodiscard]] Result<ConnectorSettings> ParseConnector(JsonView object,
                                                       DocumentSource source);

}  // namespace dps
