// SPDX-License-Identifier: Apache-2.0
#include "core/registration/select.h"

#include <algorithm>

#include "core/attestation/verify.h"

namespace dps {
namespace {

tl::unexpected<Error> NotAccepted(const char* reason) {
  return Fail(Errc::kUnauthenticated, reason);
}

}  // namespace

Result<Selection> Select(Snapshot& snapshot, const ScopeConfig& config,
                         const Proof& proof, const Moment& moment) {
  DPS_CHECK(CheckSasToken(proof.token, proof.id_scope, proof.registration_id,
                          moment.now, moment.skew));
  Selection selection{.acceptance = {.config_version = config.version}};
  DPS_TRY(selection.individual, snapshot.FindIndividualEnrollment(
                                    proof.id_scope, proof.registration_id));
  if (selection.individual) {
    if (SignedByDeviceKey(proof.token, selection.terms().attestation)) {
      return selection;
    }
    return NotAccepted(
        "the SAS token is not signed by a key of the individual enrollment");
  }
  const auto group =
      std::ranges::find_if(config.groups, [&](const EnrollmentGroup& each) {
        return SignedByGroupKey(proof.token, each.terms.attestation,
                                proof.registration_id);
      });
  if (group == config.groups.end()) {
    return NotAccepted(
        "no individual enrollment of this registration id, and no enrollment "
        "group's key signed the SAS token");
  }
  selection.acceptance.group = group->enrollment_group_id;
  selection.group = &*group;
  return selection;
}

Result<Selection> SelectAgain(Snapshot& snapshot, const ScopeConfig& config,
                              const Proof& proof, const Acceptance& accepted,
                              const Moment& moment) {
  if (config.version != accepted.config_version) {
    return Select(snapshot, config, proof, moment);
  }
  DPS_CHECK(CheckSasExpiry(proof.token, moment.now, moment.skew));
  Selection selection{.acceptance = accepted};
  if (accepted.group) {
    const auto group = std::ranges::find(config.groups, *accepted.group,
                                         &EnrollmentGroup::enrollment_group_id);
    // Missing only if the store was replaced by an older one.
    if (group == config.groups.end()) {
      return Select(snapshot, config, proof, moment);
    }
    selection.group = &*group;
    return selection;
  }
  DPS_TRY(selection.individual, snapshot.FindIndividualEnrollment(
                                    proof.id_scope, proof.registration_id));
  return selection;
}

}  // namespace dps
