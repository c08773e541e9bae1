// SPDX-License-Identifier: Apache-2.0
// Which enrollment decides about a device (service-api section 2).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "core/attestation/sas_token.h"
#include "core/attestation/x509_chain.h"
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
  std::variant<SasToken, PresentedChain> evidence;
};

// Which enrollment accepted a proof, and as of which configuration of the
// scope (ScopeConfig::version). While that stays, the verdict does, up to its
// end.
struct Acceptance {
  std::uint64_t config_version = 0;
  std::optional<EnrollmentGroupId> group;  // absent: individual enrollment
  // Of a certificate chain: when it has to be verified again; and the
  // group's certificate that it ends at.
  UtcTime valid_until = UtcTime::max();
  std::optional<Certificate> anchor;
};

// The enrollment that decides about a device. It may be disabled.
struct Selection {
  Acceptance acceptance;
  std::optional<IndividualEnrollment> individual;
  SharedGroup group;  // if no individual
  // What an operator should know although the proof was accepted, or empty.
  std::string remark;

  const EnrollmentTerms& terms() const {
    return individual ? individual->terms : group->terms;
  }
};

// What becomes of certificates whose issuer's revocation list is past its next
// update.
enum class ExpiredRevocationList { kAccept, kRefuse };

// By what rules proofs are judged; the operator's options.
struct ProofRules {
  // How far past its expiry a SAS token still passes.
  std::chrono::seconds sas_skew{0};
  CertificatePolicy certificates;
  ExpiredRevocationList expired_list = ExpiredRevocationList::kAccept;
};

// When a proof is judged, and by what rules.
struct Moment {
  UtcTime now;
  ProofRules rules;
};

// Whether an error of Select() says something about the proof, rather than
// about the store.
bool IsVerdict(const Error& error);

// The individual enrollment of that registration id decides, whatever its
// attestation; disabled, it also blocks a device that only a group accepts.
// Without one, by evidence: the first group, in key order, whose key
// signed the token; or the group that holds the CA certificate nearest to the
// device's in its chain. Primary and secondary count alike and at once.
// `config` is the proof's scope at `snapshot`. Errors: kUnauthenticated or
// kInvalidCertificate with the reason, kUnavailable, kInternal.
[[nodiscard]] Result<Selection> Select(Snapshot& snapshot, ScopeConfig& config,
                                       const Proof& proof,
                                       const Moment& moment);

// As Select(), for a proof that was `accepted` before: as long as the scope's
// configuration is the same, only what time changes is checked again.
[[nodiscard]] Result<Selection> SelectAgain(Snapshot& snapshot,
                                            ScopeConfig& config,
                                            const Proof& proof,
                                            const Acceptance& accepted,
                                            const Moment& moment);

}  // namespace dps
