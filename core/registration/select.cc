// SPDX-License-Identifier: Apache-2.0
#include "core/registration/select.h"

#include <algorithm>

#include "core/attestation/verify.h"

namespace dps {

Result<Selection> Select(Snapshot& snapshot, const ScopeConfig& config,
                         const Proof& proof, const Moment& moment) {
  const RegistrationId& id = proof.registration_id;
  DPS_CHECK(
      CheckSasToken(proof.token, proof.id_scope, id, moment.now, moment.skew));
  DPS_TRY(auto individual,
          snapshot.FindIndividualEnrollment(proof.id_scope, id));
  if (individual) {
    if (!SignedByDeviceKey(proof.token, individual->terms.attestation)) {
      return Fail(Errc::kUnauthenticated,
                  "the SAS token is not signed by a key of the individual "
                  "enrollment");
    }
    std::string device_id = individual->device_id.empty()
                                ? id.text()
                                : std::move(individual->device_id);
    return Selection{.terms = std::move(individual->terms),
                     .device_id = std::move(device_id)};
  }
  const auto group =
      std::ranges::find_if(config.groups, [&](const EnrollmentGroup& each) {
        return SignedByGroupKey(proof.token, each.terms.attestation, id);
      });
  if (group == config.groups.end()) {
    return Fail(Errc::kUnauthenticated,
                "no individual enrollment of this registration id, and no "
                "enrollment group's key signed the SAS token");
  }
  return Selection{.terms = group->terms,
                   .device_id = id.text(),
                   .group = group->enrollment_group_id};
}

}  // namespace dps
