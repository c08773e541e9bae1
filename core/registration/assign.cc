// SPDX-License-Identifier: Apache-2.0
#include "core/registration/assign.h"

#include "core/allocation/allocate.h"
#include "core/base/crypto.h"
#include "core/protocol/error.h"
#include "core/registration/decide_by_webhook.h"
#include "core/registration/held_hub.h"

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
  DPS_TRY(const auto held,
          HeldHub(config.linked_hubs, terms, record.assigned_hub));
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
void TakeWebhookAnswer(RegistrationRecord& record, const EnrollmentTerms& terms,
                       Choice& choice) {
  const auto& policy = terms.reprovision_policy;
  const bool resets = policy && !policy->migrate_device_data;
  const bool starts = record.assigned_hub.empty() ||
                      (resets && record.assigned_hub != choice.hub);
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

Result<AssignOutcome> Assign(const Ground& ground,
                             const RegistrationRequest& request) {
  const Proof& proof = request.proof;
  DPS_TRY(const Selection selection,
          SelectAgain(ground.snapshot, ground.config, proof, request.accepted,
                      ground.moment));
  DPS_TRY(auto previous, ground.snapshot.FindRegistration(
                             proof.id_scope, proof.registration_id));

  Expect expect =
      previous ? Expect::Etag(previous->etag_text) : Expect::Absent();
  RegistrationRecord record =
      previous ? *std::move(previous)
               : RegistrationRecord{.registration_id = proof.registration_id,
                                    .created = ground.moment.now};
  record.operation_id = request.operation_id;
  record.request_payload_json = request.payload_json;
  record.payload_json.clear();
  record.enrollment_group_id = selection.acceptance.group;
  record.x509 = EvidenceOf(proof, selection.acceptance);
  record.etag_text = NewGuid();
  record.last_updated = ground.moment.now;

  const EnrollmentTerms& terms = selection.terms();
  if (terms.provisioning_status == ProvisioningStatus::kDisabled) {
    Finish(record, RegistrationStatus::kDisabled,
           {Errc::kForbidden, "the enrollment is disabled"});
    return Assignment{std::move(record), std::move(expect), {}};
  }
  auto chosen = Choose(ground, selection, record, request);
  if (!chosen) {
    if (chosen.error().code != Errc::kNoHub &&
        chosen.error().code != Errc::kWebhookFailed) {
      return Forward(std::move(chosen));
    }
    Finish(record, RegistrationStatus::kFailed, chosen.error());
    return Assignment{std::move(record), std::move(expect), {}};
  }
  if (auto* call = std::get_if<WebhookCall>(&*chosen)) return std::move(*call);
  auto& choice = std::get<Choice>(*chosen);
  MoveAssignment(ground, record.assigned_hub, choice.hub);
  TakeWebhookAnswer(record, terms, choice);
  AssignHub(record, std::move(choice.hub),
            DeviceIdFor(selection, proof.registration_id));
  return Assignment{std::move(record), std::move(expect),
                    std::move(choice.remark)};
}

}  // namespace dps
