// SPDX-License-Identifier: Apache-2.0
// Turns an accepted request into the registration record that answers it.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/model/registration.h"
#include "core/registration/config_cache.h"
#include "core/registration/select.h"
#include "core/store/store.h"

namespace dps {

// A registration a device asked for and was told "assigning".
struct RegistrationRequest {
  Proof proof;
  Acceptance accepted;  // when it was asked for
  std::string operation_id;
  std::string payload_json;  // compact JSON, empty = none
};

// The record to store, and what it rests on.
struct Assignment {
  RegistrationRecord record;
  Expect expect;  // the record this one replaces
};

// What registrations are decided on.
struct Ground {
  Snapshot& snapshot;
  ScopeConfig& config;
  // What hubs hold by the snapshot and by what was decided on it since. Kept
  // up to date if the instance has a load bound, else left alone.
  AssignedCounts& assigned;
  Moment moment;
};

// Decides on the snapshot alone, so that a commit on the condition that nothing
// it read has changed is as if decided at the commit. The enrollment is
// selected anew if the configuration changed since it accepted the proof.
// Under reprovision policy `never` a device that holds an assignment keeps it,
// eligible or not, while its hub is linked. Otherwise a hub is allocated
// (allocation/allocate.h). A disabled enrollment ends in status
// disabled, no eligible hub in status failed (device-protocol 50, 51); neither
// forgets the assignment the device had.
// Errors: kUnauthenticated, kInvalidCertificate (no enrollment accepts the
// proof any more), kUnavailable, kInternal.
[[nodiscard]] Result<Assignment> Assign(const Ground& ground,
                                        const RegistrationRequest& request);

}  // namespace dps
