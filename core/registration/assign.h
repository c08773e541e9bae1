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

// Decides on `snapshot` alone, so that a commit on the condition that nothing
// it read has changed is as if decided at the commit. The enrollment is
// selected anew if the configuration changed since it accepted the proof.
// A device that holds an assignment keeps it while its hub is eligible; so it
// does, eligible or not, under reprovision policy `never` while the hub is
// linked. Otherwise a hub is allocated. A disabled enrollment ends in status
// disabled, no eligible hub in status failed (device-protocol 50, 51); neither
// forgets the assignment the device had.
// Errors: kUnauthenticated, kInvalidCertificate (no enrollment accepts the
// proof any more), kUnavailable, kInternal.
[[nodiscard]] Result<Assignment> Assign(Snapshot& snapshot, ScopeConfig& config,
                                        const RegistrationRequest& request,
                                        const Moment& moment);

}  // namespace dps
