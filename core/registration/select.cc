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

const SymmetricKeyAttestation* SymmetricKeysOf(const EnrollmentTerms& terms) {
  return std::get_if<SymmetricKeyAttestation>(&terms.attestation);
}

Result<Selection> SelectIndividualByToken(IndividualEnrollment enrollment,
                                          const SasToken& token) {
  const auto* keys = SymmetricKeysOf(enrollment.terms);
  if (keys == nullptr) {
    return NotAccepted(
        "the individual enrollment asks for a certificate, the device sent a "
        "SAS token");
  }
  if (!SignedByDeviceKey(token, *keys)) {
    return NotAccepted(
        "the SAS token is not signed by a key of the individual enrollment");
  }
  return Selection{.individual = std::move(enrollment)};
}

Result<Selection> SelectGroupByToken(const ScopeConfig& config,
                                     const SasToken& token,
                                     const RegistrationId& id) {
  const auto group = std::ranges::find_if(
      config.symmetric_key_groups, [&](const SharedGroup& each) {
        return SignedByGroupKey(token, *SymmetricKeysOf(each->terms), id)
            .has_value();
      });
  if (group == config.symmetric_key_groups.end()) {
    return NotAccepted(
        "no individual enrollment of this registration id, and no enrollment "
        "group's key signed the SAS token");
  }
  return Selection{.acceptance = {.group = (*group)->enrollment_group_id},
                   .group = *group};
}

Status CheckEvidence(const Proof& proof, const Moment& moment) {
  if (const auto* token = std::get_if<SasToken>(&proof.evidence)) {
    return CheckSasToken(*token, proof.id_scope, proof.registration_id,
                         moment.now, moment.rules.sas_skew);
  }
  return CheckCertificateEvidence(proof, moment);
}

Result<Selection> SelectGroup(Snapshot& snapshot, ScopeConfig& config,
                              const Proof& proof, const Moment& moment) {
  if (const auto* token = std::get_if<SasToken>(&proof.evidence)) {
    return SelectGroupByToken(config, *token, proof.registration_id);
  }
  return SelectGroupByCertificate(snapshot, config, proof, moment);
}

Result<Selection> SelectIndividual(Snapshot& snapshot,
                                   IndividualEnrollment enrollment,
                                   const Proof& proof, const Moment& moment) {
  if (const auto* token = std::get_if<SasToken>(&proof.evidence)) {
    return SelectIndividualByToken(std::move(enrollment), *token);
  }
  return SelectIndividualByCertificate(snapshot, std::move(enrollment), proof,
                                       moment);
}

Result<Selection> SelectAny(Snapshot& snapshot, ScopeConfig& config,
                            const Proof& proof, const Moment& moment) {
  DPS_TRY(const auto enrollment, snapshot.FindIndividualEnrollment(
                                     proof.id_scope, proof.registration_id));
  if (!enrollment) return SelectGroup(snapshot, config, proof, moment);
  auto selection = SelectIndividual(snapshot, *enrollment, proof, moment);
  if (selection || !IsVerdict(selection.error()) ||
      enrollment->terms.provisioning_status == ProvisioningStatus::kEnabled) {
    return selection;
  }
  // A disabled enrollment, with a key that nobody has, is how one device of a
  // group is kept out.
  auto by_group = SelectGroup(snapshot, config, proof, moment);
  if (!by_group) return IsVerdict(by_group.error()) ? selection : by_group;
  return Selection{
      .acceptance = {.valid_until = by_group->acceptance.valid_until},
      .individual = enrollment,
      .remark = std::move(by_group->remark)};
}

// Null if it is missing, which it is only if the store was replaced by an
// older one.
Result<SharedGroup> FindGroup(Snapshot& snapshot, ScopeConfig& config,
                              const Proof& proof, const EnrollmentGroupId& id) {
  if (std::holds_alternative<PresentedChain>(proof.evidence)) {
    return config.anchors.Group(snapshot, id);
  }
  const auto group = std::ranges::find_if(
      config.symmetric_key_groups,
      [&](const SharedGroup& each) { return each->enrollment_group_id == id; });
  return group == config.symmetric_key_groups.end() ? nullptr : *group;
}

}  // namespace

bool IsVerdict(const Error& error) {
  return error.code != Errc::kInternal && error.code != Errc::kUnavailable;
}

Result<Selection> Select(Snapshot& snapshot, ScopeConfig& config,
                         const Proof& proof, const Moment& moment) {
  DPS_CHECK(CheckEvidence(proof, moment));
  DPS_TRY(Selection selection, SelectAny(snapshot, config, proof, moment));
  selection.acceptance.config_version = config.version;
  return selection;
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
  if (!selection.individual) return Select(snapshot, config, proof, moment);
  return selection;
}

}  // namespace dps
