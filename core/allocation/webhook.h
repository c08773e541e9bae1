// SPDX-License-Identifier: Apache-2.0
// What a webhook of custom allocation is asked and what it answers, as JSON.
// Source: service-api section 4. All functions are pure and thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/model/enrollment.h"
#include "core/model/ids.h"

namespace dps {

// What a webhook is asked.
struct WebhookQuestion {
  // The enrollment that decides: one of the two, never both.
  const IndividualEnrollment* enrollment = nullptr;
  const EnrollmentGroup* group = nullptr;
  RegistrationId registration_id;
  // Where the device was assigned last; empty = nowhere yet.
  std::string current_hub;
  std::string current_device_id;
  // What the device proved itself with; empty = a symmetric key.
  std::string certificate_der;
  std::string payload_json;          // that it sent, any JSON; empty = none
  std::vector<HubName> linked_hubs;  // to choose from
};

// The body of the request, ASCII-only JSON. Without secrets: of keys and the
// query of the webhook's URL nothing is told.
std::string WebhookRequestBody(const WebhookQuestion& question);

struct WebhookAnswer {
  HubName hub;  // whether the device may go there is not known here
  // Compact ASCII JSON of any type for the device; empty = none.
  std::string payload_json;
  // `{"tags":{},"properties":{"desired":{}}}`, each if it was there; empty =
  // none, and the enrollment's holds.
  std::string initial_twin_json;

  friend bool operator==(const WebhookAnswer&, const WebhookAnswer&) = default;
};

// Reads the body of an answer: a JSON object with `iotHubHostName` and, if the
// webhook has any, `payload` and `initialTwin`; null is none, others are
// ignored. Errors: kWebhookFailed, to be read behind the name of the webhook:
// "answered ...".
[[nodiscard]] Result<WebhookAnswer> ParseWebhookAnswer(std::string_view body);

}  // namespace dps
