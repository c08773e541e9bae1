// SPDX-License-Identifier: Apache-2.0
#include "core/registration/assign.h"

#include "core/allocation/allocate.h"
#include "core/base/crypto.h"
#include "core/protocol/error.h"

namespace dps {
namespace {

void Finish(RegistrationRecord& record, RegistrationStatus status,
            const Error& error) {
  record.status = status;
  record.substatus = RegistrationSubstatus::kNone;
  record.error_code = ErrorCode(error.code);
  record.error_message = error.message;
  record.tracking_id = NewGuid();
}

// The hub the device stays on, or an allocated one.
Result<std::string> ChooseHub(const Ground& ground, const Selection& selection,
                              const RegistrationRecord& record) {
  const HubTable& linked = ground.config.linked_hubs;
  const std::string& current = record.assigned_hub;
  const auto& policy = selection.terms().reprovision_policy;
  if (!current.empty() && policy && !policy->update_hub_assignment) {
    if (linked.Find(current) != nullptr) return current;
    return Fail(Errc::kNoHub, "the assigned hub " + current +
                                  " is no longer linked, and the reprovision "
                                  "policy never moves the device");
  }
  DPS_TRY(const HubEntry* entry,
          Allocate({.registration_id = record.registration_id,
                    .terms = selection.terms(),
                    .instance = ground.config.instance,
                    .linked = linked,
                    .current_hub = current,
                    .assigned = ground.assigned}));
  return entry->name().text();
}

// As the commit will.
void MoveAssignment(const Ground& ground, const std::string& from,
                    const std::string& to) {
  if (!ground.config.instance.load_bound || from == to) return;
  const auto held = ground.assigned.find(from);
  if (held != ground.assigned.end() && held->second > 0) --held->second;
  ++ground.assigned[to];
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
  record.tracking_id.clear();
}

}  // namespace

Result<Assignment> Assign(const Ground& ground,
                          const RegistrationRequest& request) {
  const Proof& proof = request.proof;
  DPS_TRY(const Selection selection,
          SelectAgain(ground.snapshot, ground.config, proof, request.accepted,
                      ground.moment));
  DPS_TRY(auto previous, ground.snapshot.FindRegistration(
                             proof.id_scope, proof.registration_id));

  Expect expect =
      previous ? Expect::Etag(previous->etag_text) : Expect::Absent();
  const UtcTime now = ground.moment.now;
  RegistrationRecord record =
      previous ? *std::move(previous)
               : RegistrationRecord{.registration_id = proof.registration_id,
                                    .created = now};
  record.operation_id = request.operation_id;
  record.request_payload_json = request.payload_json;
  record.enrollment_group_id = selection.acceptance.group;
  record.x509 = EvidenceOf(proof, selection.acceptance);
  record.etag_text = NewGuid();
  record.last_updated = now;

  if (selection.terms().provisioning_status == ProvisioningStatus::kDisabled) {
    Finish(record, RegistrationStatus::kDisabled,
           {Errc::kForbidden, "the enrollment is disabled"});
  } else if (auto hub = ChooseHub(ground, selection, record)) {
    MoveAssignment(ground, record.assigned_hub, *hub);
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
