// SPDX-License-Identifier: Apache-2.0
// What a device says in its MQTT CONNECT, the username and the client id; and
// the api-version, which it says in HTTPS too.
// All functions are pure and thread-safe. Source: device-protocol section 1.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/model/ids.h"

namespace dps {

enum class ApiVersionRule {
  kAny,    // any text of the form yyyy-mm-dd or yyyy-mm-dd-preview
  kKnown,  // one of the published device API versions
};

struct ConnectRequest {
  IdScope id_scope;
  RegistrationId registration_id;
  std::string api_version;
  // The SDK's name for itself, decoded and Printable(); may be empty.
  std::string client_version;
};

// Errors: kInvalidArgument (an api-version the rule refuses).
[[nodiscard]] Status CheckApiVersion(std::string_view version,
                                     ApiVersionRule rule);

// Whether a username is meant for DPS, well-formed or not: it contains
// `/registrations/`. Usernames of any other form belong to other plugins.
bool SpeaksDps(std::string_view username);

// Reads `{scope}/registrations/{id}/api-version=V[&ClientVersion=...]`. The
// scope ends at the first `/registrations/`, the id at the last `/`; the
// parameters stand in any order and unknown ones are ignored.
// Errors: kTooLarge, kInvalidArgument (no or two api-versions, one the rule
// refuses, a bad scope or id).
[[nodiscard]] Result<ConnectRequest> ParseUsername(std::string_view username,
                                                   ApiVersionRule rule);

// Accepts the registration id itself, in any letter case, and the id followed
// by `/` and anything, which no other device can claim because an id holds no
// `/`. Errors: kUnauthenticated.
[[nodiscard]] Status CheckClientId(std::string_view client_id,
                                   const RegistrationId& id);

}  // namespace dps
