// SPDX-License-Identifier: Apache-2.0
// What a webhook of custom allocation is asked and what it answers, as JSON.
// Source: service-api section 4. All functions are pure and thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/model/ids.h"

namespace dps {

struct HookAnswer {
  HubName hub;  // whether the device may go there is not known here
  // Compact ASCII JSON of any type for the device; empty = none.
  std::string payload_json;
  // `{"tags":{},"properties":{"desired":{}}}`, each if it was there; empty =
  // none, and the enrollment's holds.
  std::string initial_twin_json;

  friend bool operator==(const HookAnswer&, const HookAnswer&) = default;
};

// Reads the body of an answer: a JSON object with `iotHubHostName` and, if the
// hook has any, `payload` and `initialTwin`; null is none, others are ignored.
// Errors: kHookFailed, to be read behind the name of the hook: "answered ...".
[[nodiscard]] Result<HookAnswer> ParseHookAnswer(std::string_view body);

}  // namespace dps
