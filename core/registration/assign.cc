// SPDX-License-Identifier: Apache-2.0
#include "core/registration/assign.h"

#include "core/allocation/allocate.h"
#include "core/attestation/verify.h"
#include "core/base/crypto.h"
#include "core/registration/decide_by_webhook.h"
#include "core/registration/finish.h"
#include "core/registration/hub_work.h"
#include "core/registration/reprovisioning.h"

namespace dps {
namespace {

// What a registration comes to, before it is written down.
struct Choice {
  std::string hub;
  std::string remark{};
  std::optional<WebhookAnswer> webhook{};  // of policy custom
};
using ChoiceOutcome = std::variant<Choice, WebhookCall>;

Result<Choice> ChooseByPolicy(const Ground& ground,
                              const EnrollmentTerms& terms,
                              const RegistrationRecord& record,
                              const RegistrationRequest& request) {
  const ScopeConfig& config = ground.config;
  DPS_TRY(const auto held, HeldHub(config.linked_hubs,
                                   ReprovisioningOf(terms, request.api_version),
                                   record.assigned_hub));
  if (held) return Choice{.hub = held->text()};
  const GeoGuide* geo = nullptr;
  if (PolicyFor(terms, config.instance) == AllocationPolicy::kGeoLatency) {
    DPS_TRY(geo, ground.geo.At(ground.snapshot, config));
  }
  DPS_TRY(Allocation allocation,
          Allocate({.registration_id = record.registration_id,
                    .terms = terms,
                    .instance = config.instance,
                    .linked = config.linked_hubs,
                    .current_hub = record.assigned_hub,
                    .assigned = ground.assigned,
                    .address = request.address,
                    .geo = geo}));
  return Choice{.hub = allocation.hub->name().text(),
                .remark = std::move(allocation.remark)};
}

Result<ChoiceOutcome> Choose(const Ground& ground, const Selection& selection,
                             const RegistrationRecord& record,
                             const RegistrationRequest& request) {
  const EnrollmentTerms& terms = selection.terms();
  if (PolicyFor(terms, ground.config.instance) != AllocationPolicy::kCustom) {
    DPS_TRY(Choice choice, ChooseByPolicy(ground, terms, record, request));
    return ChoiceOutcome(std::move(choice));
  }
  DPS_TRY(auto asked, DecideByWebhook(ground, selection, record, request));
  if (auto* call = std::get_if<WebhookCall>(&asked)) return std::move(*call);
  auto& answer = std::get<WebhookAnswer>(asked);
  std::string hub = answer.hub.text();
  return Choice{.hub = std::move(hub), .webhook = std::move(answer)};
}

// The twin belongs to the hub from then on: another is taken only when the
// device starts there, for the first time or afresh.
void TakeWebhookAnswer(RegistrationRecord& record, const Move& move,
                       Choice& choice) {
  const bool starts = move.data == DeviceDataChange::kStart ||
                      (move.data == DeviceDataChange::kReset &&
                       record.assigned_hub != choice.hub);
  if (starts) record.initial_twin_json.clear();
  if (!choice.webhook) return;
  record.payload_json = std::move(choice.webhook->payload_json);
  if (starts) {
    record.initial_twin_json = std::move(choice.webhook->initial_twin_json);
  }
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
  // A changed deviceId acts once the record is deleted (service-api 2.2).
  if (record.device_id.empty()) record.device_id = device_id;
  record.assigned_hub = std::move(hub);
  record.error_code = 0;
  record.error_message.clear();
  record.tracking_id.clear();
}

SymmetricKeyUse KeyUseOf(const Proof& proof, const Selection& selection) {
  const auto* token = std::get_if<SasToken>(&proof.evidence);
  const auto* keys =
      std::get_if<SymmetricKeyAttestation>(&selection.terms().attestation);
  if (token == nullptr || keys == nullptr) return {};
  const auto use = selection.individual
                       ? SignedByDeviceKey(*token, *keys)
                       : SignedByGroupKey(*token, *keys, proof.registration_id);
  return use.value_or(SymmetricKeyUse());
}

// The record as the device's request makes it, before a hub is found.
RegistrationRecord RequestedRecord(std::optional<RegistrationRecord> previous,
                                   const RegistrationRequest& request,
                                   const Selection& selection, UtcTime now) {
  RegistrationRecord record =
      previous
          ? *std::move(previous)
          : RegistrationRecord{.registration_id = request.proof.registration_id,
                               .created = now};
  record.operation_id = request.operation_id;
  record.request_payload_json = request.payload_json;
  record.payload_json.clear();
  record.enrollment_group_id = selection.acceptance.group;
  record.x509 = EvidenceOf(request.proof, selection.acceptance);
  record.etag_text = NewGuid();
  record.last_updated = now;
  return record;
}

// Ends the registration in the record, or tells the webhook to ask first.
Result<std::optional<WebhookCall>> DecideRegistration(
    const Ground& ground, const Selection& selection,
    const RegistrationRequest& request, Assignment& assignment) {
  RegistrationRecord& record = assignment.record;
  const EnrollmentTerms& terms = selection.terms();
  if (terms.provisioning_status == ProvisioningStatus::kDisabled) {
    Finish(record, RegistrationStatus::kDisabled,
           {Errc::kForbidden, "the enrollment is disabled"});
    return std::nullopt;
  }
  auto chosen = Choose(ground, selection, record, request);
  if (!chosen) {
    if (chosen.error().code != Errc::kNoHub &&
        chosen.error().code != Errc::kWebhookFailed) {
      return Forward(std::move(chosen));
    }
    Finish(record, RegistrationStatus::kFailed, chosen.error());
    return std::nullopt;
  }
  if (auto* call = std::get_if<WebhookCall>(&*chosen)) return std::move(*call);
  auto& choice = std::get<Choice>(*chosen);
  const Move move = MoveBetween(record.assigned_hub, choice.hub,
                                ReprovisioningOf(terms, request.api_version));
  MoveAssignment(ground, record.assigned_hub, choice.hub);
  TakeWebhookAnswer(record, move, choice);
  AssignHub(record, std::move(choice.hub),
            DeviceIdFor(selection, record.registration_id));
  record.substatus = move.substatus;
  assignment.data = move.data;
  assignment.remark = std::move(choice.remark);
  return std::nullopt;
}

}  // namespace

Result<AssignOutcome> Assign(const Ground& ground,
                             const RegistrationRequest& request) {
  const Proof& proof = request.proof;
  DPS_TRY(const Selection selection,
          SelectAgain(ground.snapshot, ground.config, proof, request.accepted,
                      ground.moment));
  DPS_TRY(auto previous, ground.snapshot.FindRegistration(
                             proof.id_scope, proof.registration_id));
  const bool hubs_follow = HubsFollow(ground.config.linked_hubs, previous);
  const auto before = hubs_follow ? previous : std::nullopt;
  Expect expect =
      previous ? Expect::Etag(previous->etag_text) : Expect::Absent();
  Assignment assignment{.record = RequestedRecord(std::move(previous), request,
                                                  selection, ground.moment.now),
                        .expect = std::move(expect)};
  DPS_TRY(auto call,
          DecideRegistration(ground, selection, request, assignment));
  if (call) return *std::move(call);
  if (hubs_follow) {
    assignment.key_use = KeyUseOf(proof, selection);
    DPS_CHECK(AddHubWork(ground, proof.id_scope, before, assignment));
  }
  return assignment;
}

}  // namespace dps
