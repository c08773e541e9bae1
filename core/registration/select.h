// SPDX-License-Identifier: Apache-2.0
// Which enrollment decides about a device (service-api section 2).
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/attestation/sas_token.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/enrollment.h"
#include "core/model/ids.h"
#include "core/registration/config_cache.h"
#include "core/store/store.h"

namespace dps {

// A device's claim to an identity, and its evidence.
struct Proof {
  IdScope id_scope;
  RegistrationId registration_id;
  SasToken token;
};

// The enrollment that accepted the proof. It may be disabled.
struct Selection {
  EnrollmentTerms terms;
  std::string device_id;                   // as the enrollment wants it
  std::optional<EnrollmentGroupId> group;  // absent: individual enrollment
};

// When a proof is judged.
struct Moment {
  UtcTime now;
  std::chrono::seconds skew;  // how far past its expiry a token still passes
};

// The individual enrollment of that registration id decides, whatever its
// attestation; else the first group, in key order, whose key signed the token.
// Primary and secondary keys count alike and at once. `config` is the proof's
// scope at `snapshot`. Errors: kUnauthenticated with the reason, kInternal.
[[nodiscard]] Result<Selection> Select(Snapshot& snapshot,
                                       const ScopeConfig& config,
                                       const Proof& proof,
                                       const Moment& moment);

}  // namespace dps
