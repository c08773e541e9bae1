// SPDX-License-Identifier: Apache-2.0
#include "core/registration/select.h"

#include <algorithm>

#include "core/attestation/verify.h"
#include "core/registration/select_x509.h"

namespace dps {
namespace {

tl::unexpected<Error> NotAccepted(const char* reason) {
  return Fail(Errc::kUnauthenticated, reason);
}

const SymmetricKeyAttestation* KeysOf(const EnrollmentTerms& terms) {
  return std::get_if<SymmetricKeyAttestation>(&terms.attestation);
}

Result<Selection> SelectByToken(Snapshot& snapshot, ScopeConfig& config,
                                const Proof& proof, const Moment& moment) {
  const auto& token = std::get<SasToken>(proof.evidence);
  DPS_CHECK(CheckSasToken(token, proof.id_scope, proof.registration_id,
                          moment.now, moment.rules.sas_skew));
  Selection selection{.acceptance = {.config_version = config.version}};
  DPS_TRY(selection.individual, snapshot.FindIndividualEnrollment(
                                    proof.id_scope, proof.registration_id));
  if (selection.individual) {
    const auto* keys = KeysOf(selection.terms());
    if (keys == nullptr) {
      return NotAccepted(
          "the individual enrollment asks for a certificate, the device sent a "
          "SAS token");
    }
    if (SignedByDeviceKey(token, *keys)) return selection;
    return NotAccepted(
        "the SAS token is not signed by a key of the individual enrollment");
  }
  const auto group = std::ranges::find_if(
      config.symmetric_key_groups, [&](const EnrollmentGroup& each) {
        return SignedByGroupKey(token, *KeysOf(each.terms),
                                proof.registration_id);
      });
  if (group == config.symmetric_key_groups.end()) {
    return NotAccepted(
        "no individual enrollment of this registration id, and no enrollment "
        "group's key signed the SAS token");
  }
  selection.acceptance.group = group->enrollment_group_id;
  selection.group = &*group;
  return selection;
}

// Null if it is missing, which it is only if the store was replaced by an
// older one.
Result<const EnrollmentGroup*> FindGroup(Snapshot& snapshot,
                                         ScopeConfig& config,
                                         const Proof& proof,
                                         const EnrollmentGroupId& id) {
  if (std::holds_alternative<PresentedChain>(proof.evidence)) {
    return config.anchors.Group(snapshot, id);
  }
  const auto group = std::ranges::find(config.symmetric_key_groups, id,
                                       &EnrollmentGroup::enrollment_group_id);
  return group == config.symmetric_key_groups.end() ? nullptr : &*group;
}

}  // namespace

Result<Selection> Select(Snapshot& snapshot, ScopeConfig& config,
                         const Proof& proof, const Moment& moment) {
  return std::holds_alternative<SasToken>(proof.evidence)
             ? SelectByToken(snapshot, config, proof, moment)
             : SelectByCertificate(snapshot, config, proof, moment);
}

Result<Selection> SelectAgain(Snapshot& snapshot, ScopeConfig& config,
                              const Proof& proof, const Acceptance& accepted,
                              const Moment& moment) {
  if (config.version != accepted.config_version ||
      moment.now > accepted.valid_until) {
    return Select(snapshot, config, proof, moment);
  }
  if (const auto* token = std::get_if<SasToken>(&proof.evidence)) {
    DPS_CHECK(CheckSasExpiry(*token, moment.now, moment.rules.sas_skew));
  }
  Selection selection{.acceptance = accepted};
  if (accepted.group) {
    DPS_TRY(selection.group,
            FindGroup(snapshot, config, proof, *accepted.group));
    if (selection.group == nullptr) {
      return Select(snapshot, config, proof, moment);
    }
    return selection;
  }
  DPS_TRY(selection.individual, snapshot.FindIndividualEnrollment(
                                    proof.id_scope, proof.registration_id));
  return selection;
}

}  // namespace dps
