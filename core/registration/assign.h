// SPDX-License-Identifier: Apache-2.0
// Turns an accepted request into the registration record that answers it.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/allocation/allocate.h"
#include "core/allocation/webhook_caller.h"
#include "core/base/result.h"
#include "core/model/registration.h"
#include "core/registration/config_cache.h"
#include "core/registration/geo_guides.h"
#include "core/registration/select.h"
#include "core/store/store.h"

namespace dps {

// What a webhook said to a registration, and which one it was.
struct WebhookReply {
  std::string webhook_url;
  Result<WebhookAnswer> answer;
};

// A registration a device asked for and was told "assigning".
struct RegistrationRequest {
  Proof proof;
  Acceptance accepted;  // when it was asked for
  std::string operation_id;
  std::string payload_json;               // compact JSON, empty = none
  std::optional<IpAddress> address{};     // where the device calls from
  std::optional<WebhookReply> webhook{};  // once a webhook was asked
  std::string api_version{};              // that the device speaks
};

// The record to store, and what it rests on.
struct Assignment {
  RegistrationRecord record;
  Expect expect;  // the record this one replaces
  // What an operator should know although a hub was found, or empty.
  std::string remark{};
  DeviceDataChange data = DeviceDataChange::kKeep;
  SymmetricKeyUse key_use{};  // of a device with symmetric keys
  // What goes into the same commit, and the task to be done then: see
  // hub_work.h.
  std::vector<Change> beside{};
  std::optional<HubTask> start{};
};

// An assignment, or the webhook to ask first.
using AssignOutcome = std::variant<Assignment, WebhookCall>;

// What registrations are decided on.
struct Ground {
  Snapshot& snapshot;
  ScopeConfig& config;
  // What hubs hold by the snapshot and by what was decided on it since. Kept
  // up to date if the instance has a load bound, else left alone.
  AssignedCounts& assigned;
  Moment moment;
  GeoGuides& geo;
};

// Decides on the snapshot alone, so that a commit on the condition that nothing
// it read has changed is as if decided at the commit. The enrollment is
// selected anew if the configuration changed since it accepted the proof.
// Under reprovision policy `never` a device that holds an assignment keeps it,
// eligible or not, while its hub is linked. Otherwise a hub is allocated
// (allocation/allocate.h). Policy custom asks its webhook at every
// registration, also where reprovision policy `never` leaves it no choice: the
// enrollment's webhook as it is now, so the answer of another one does not
// count. What it says is taken if its hub is among those it was given; what it
// says of the twin, if this is the first assignment, or the hub changes and the
// device's data is reset (service-api section 4). A disabled enrollment ends in
// status disabled, no eligible hub and a webhook without a usable answer in
// status failed (device-protocol 50, 51); none forgets the assignment the
// device had. Errors: kUnauthenticated, kInvalidCertificate (no enrollment
// accepts the proof any more), kUnavailable, kInternal.
[[nodiscard]] Result<AssignOutcome> Assign(const Ground& ground,
                                           const RegistrationRequest& request);

}  // namespace dps
