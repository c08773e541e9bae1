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

// Which enrollment accepted a proof, and as of which configuration of the
// scope (ScopeConfig::version). While that stays, the verdict does.
struct Acceptance {
  std::uint64_t config_version = 0;
  std::optional<EnrollmentGroupId> group;  // absent: individual enrollment
};

// The enrollment that decides about a device. It may be disabled.
struct Selection {
  Acceptance acceptance;
  std::optional<IndividualEnrollment> individual;
  const EnrollmentGroup* group =
      nullptr;  // in the ScopeConfig; if no individual

  const EnrollmentTerms& terms() const {
    return individual ? individual->terms : group->terms;
  }
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

// As Select(), for a proof that was `accepted` before: as long as the scope's
// configuration is the same, only the token's expiry is checked again.
[[nodiscard]] Result<Selection> SelectAgain(Snapshot& snapshot,
                                            const ScopeConfig& config,
                                            const Proof& proof,
                                            const Acceptance& accepted,
                                            const Moment& moment);

}  // namespace dps
