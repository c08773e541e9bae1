// SPDX-License-Identifier: Apache-2.0
#include "core/registration/assign.h"

#include <algorithm>

#include "core/allocation/candidates.h"
#include "core/allocation/hashed.h"
#include "core/base/crypto.h"
#include "core/protocol/error.h"

namespace dps {
namespace {

bool Holds(const std::vector<LinkedHub>& hubs, const std::string& name) {
  return std::ranges::any_of(
      hubs, [&](const LinkedHub& hub) { return hub.name.text() == name; });
}

void Finish(RegistrationRecord& record, RegistrationStatus status,
            const Error& error) {
  record.status = status;
  record.substatus = RegistrationSubstatus::kNone;
  record.error_code = ErrorCode(error.code);
  record.error_message = error.message;
}

// The hub the device stays on, or an allocated one.
Result<std::string> ChooseHub(const ScopeConfig& config,
                              const Selection& selection,
                              const RegistrationRecord& record) {
  const std::string& current = record.assigned_hub;
  const auto& policy = selection.terms().reprovision_policy;
  if (!current.empty() && policy && !policy->update_hub_assignment) {
    if (Holds(config.linked_hubs, current)) return current;
    return Fail(Errc::kNoHub, "the assigned hub " + current +
                                  " is no longer linked, and the reprovision "
                                  "policy never moves the device");
  }
  DPS_TRY(const auto eligible,
          EligibleHubs(selection.terms(), config.linked_hubs));
  if (Holds(eligible, current)) return current;
  DPS_TRY(const HubName hub, AllocateHashed(record.registration_id, eligible));
  return hub.text();
}

std::optional<X509Evidence> EvidenceOf(const Proof& proof,
                                       const Acceptance& acceptance) {
  const auto* chain = std::get_if<PresentedChain>(&proof.evidence);
  if (chain == nullptr) return std::nullopt;
  X509Evidence evidence{.certificate = chain->leaf.Info()};
  if (acceptance.anchor)
    evidence.signing_certificate = acceptance.anchor->Info();
  return evidence;
}

// An individual enrollment may name the device; else it is called as it
// registers.
const std::string& DeviceIdFor(const Selection& selection,
                               const RegistrationId& id) {
  return selection.individual && !selection.individual->device_id.empty()
             ? selection.individual->device_id
             : id.text();
}

void AssignHub(RegistrationRecord& record, std::string hub,
               const std::string& device_id) {
  record.status = RegistrationStatus::kAssigned;
  record.substatus =
      record.assigned_hub == hub
          ? RegistrationSubstatus::kReprovisionedToInitialAssignment
          : RegistrationSubstatus::kInitialAssignment;
  // A changed deviceId acts once the record is deleted (service-api 2.2).
  if (record.device_id.empty()) record.device_id = device_id;
  record.assigned_hub = std::move(hub);
  record.error_code = 0;
  record.error_message.clear();
}

}  // namespace

Result<Assignment> Assign(Snapshot& snapshot, ScopeConfig& config,
                          const RegistrationRequest& request,
                          const Moment& moment) {
  const Proof& proof = request.proof;
  DPS_TRY(const Selection selection,
          SelectAgain(snapshot, config, proof, request.accepted, moment));
  DPS_TRY(auto previous,
          snapshot.FindRegistration(proof.id_scope, proof.registration_id));

  Expect expect =
      previous ? Expect::Etag(previous->etag_text) : Expect::Absent();
  RegistrationRecord record =
      previous ? *std::move(previous)
               : RegistrationRecord{.registration_id = proof.registration_id,
                                    .created = moment.now};
  record.operation_id = request.operation_id;
  record.request_payload_json = request.payload_json;
  record.enrollment_group_id = selection.acceptance.group;
  record.x509 = EvidenceOf(proof, selection.acceptance);
  record.etag_text = NewGuid();
  record.last_updated = moment.now;

  if (selection.terms().provisioning_status == ProvisioningStatus::kDisabled) {
    Finish(record, RegistrationStatus::kDisabled,
           {Errc::kForbidden, "the enrollment is disabled"});
  } else if (auto hub = ChooseHub(config, selection, record)) {
    AssignHub(record, *std::move(hub),
              DeviceIdFor(selection, proof.registration_id));
  } else if (hub.error().code == Errc::kNoHub) {
    Finish(record, RegistrationStatus::kFailed, hub.error());
  } else {
    return Forward(std::move(hub));
  }
  return Assignment{std::move(record), std::move(expect)};
}

}  // namespace dps
