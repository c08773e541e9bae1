// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/deprovisioning.h"

#include <algorithm>
#include <string_view>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/model/hub_task.h"
#include "core/model/linked_hub.h"

namespace dps {
namespace {

Result<bool> ParseSwitch(const Request& request, const char* name) {
  const auto given = request.query.find(name);
  if (given == request.query.end() || given->second == "false") return false;
  if (given->second == "true") return true;
  return Fail(Errc::kInvalidArgument,
              std::string(name) + " must be true or false");
}

bool IsUnreadable(const Result<std::optional<HubTask>>& task) {
  return !task && task.error().code == Errc::kInternal;
}

// All that is to be done about one device.
class Farewell {
 public:
  Farewell(Snapshot& snapshot, const Call& call,
           const RegistrationRecord& record, Batch& batch)
      : snapshot_(snapshot),
        call_(call),
        record_(record),
        batch_(batch),
        due_(call.clock.Now()) {}

  Status EndProvisioning();
  Status LeaveHub();
  Status Disenroll();

  Deprovisioned result() && { return std::move(result_); }

 private:
  Status LeaveHub(const HubName& hub, const std::string& device_id);
  Status CarryNothingTo(const HubName& hub, const std::string& device_id);
  IndividualEnrollment DisabledEnrollment() const;

  Snapshot& snapshot_;
  const Call& call_;
  const RegistrationRecord& record_;
  Batch& batch_;
  // When nobody can be at the device any more.
  UtcTime due_;
  std::vector<LinkedHub> linked_;
  Deprovisioned result_{.registration_id = record_.registration_id,
                        .hub = record_.assigned_hub,
                        .hub_tasks = {},
                        .enrollment = {}};
};

Status Farewell::EndProvisioning() {
  const std::string key = ProvisionTaskKey(record_.registration_id);
  const auto found = snapshot_.FindHubTask(call_.scope(), key);
  if (IsUnreadable(found)) {
    // Nobody has it in hand, and where it led nobody can tell.
    dps::EndProvisioning(call_, record_.registration_id, batch_);
    return {};
  }
  DPS_TRY(const auto task, found);
  if (!task) return {};
  batch_.changes.emplace_back(
      Remove<HubTask>{call_.scope(), key, Expect::Etag(task->etag())});
  due_ = std::max(due_, task->due);
  if (task->hub.text() == record_.assigned_hub) return {};
  return LeaveHub(task->hub, task->device_id);
}

Status Farewell::LeaveHub() {
  DPS_TRY(linked_, snapshot_.ListLinkedHubs(call_.scope()));
  const auto hub = std::ranges::find_if(linked_, [&](const LinkedHub& one) {
    return one.name.text() == record_.assigned_hub;
  });
  if (hub == linked_.end() || !HasConnector(*hub)) return {};
  result_.hub_has_connector = true;
  DPS_CHECK(CarryNothingTo(hub->name, record_.device_id));
  return LeaveHub(hub->name, record_.device_id);
}

Status Farewell::LeaveHub(const HubName& hub, const std::string& device_id) {
  HubTask task{.kind = HubTaskKind::kRemove,
               .hub = hub,
               .device_id = device_id,
               .registration_id = record_.registration_id,
               .due = due_,
               .etag_text = NewGuid(),
               .created = call_.clock.Now()};
  result_.hub_tasks.push_back(task.key());
  batch_.changes.emplace_back(
      Put<HubTask>{call_.scope(), std::move(task), Expect::Anything()});
  return {};
}

// Hubs that still have state of the device for `hub` keep it to themselves.
Status Farewell::CarryNothingTo(const HubName& hub,
                                const std::string& device_id) {
  for (const LinkedHub& other : linked_) {
    auto found = snapshot_.FindHubTask(call_.scope(),
                                       RemoveTaskKey(other.name, device_id));
    if (IsUnreadable(found)) continue;  // it carries nothing
    DPS_TRY(auto task, std::move(found));
    if (!task || task->carry_to != hub) continue;
    const Expect expect = Expect::Etag(task->etag());
    task->carry_to.reset();
    task->moved.reset();
    task->etag_text = NewGuid();
    batch_.changes.emplace_back(
        Put<HubTask>{call_.scope(), *std::move(task), expect});
  }
  return {};
}

IndividualEnrollment Farewell::DisabledEnrollment() const {
  SymmetricKeyAttestation keys;
  GenerateMissingKeys(keys);
  return {
      .registration_id = record_.registration_id,
      .terms = {.attestation = std::move(keys), .created = call_.clock.Now()}};
}

// Of a device that a group accepted no enrollment may be left: the group would
// accept it again.
Status Farewell::Disenroll() {
  const RegistrationId& id = record_.registration_id;
  DPS_TRY(auto stored, snapshot_.FindIndividualEnrollment(call_.scope(), id));
  const Expect expect =
      stored ? Expect::Etag(stored->etag()) : Expect::Absent();
  if (!record_.enrollment_group_id) {
    if (!stored) return {};
    result_.enrollment = "deleted";
    batch_.changes.emplace_back(
        Remove<IndividualEnrollment>{call_.scope(), id.key(), expect});
    return {};
  }
  IndividualEnrollment enrollment =
      stored ? *std::move(stored) : DisabledEnrollment();
  enrollment.terms.provisioning_status = ProvisioningStatus::kDisabled;
  enrollment.terms.last_updated = call_.clock.Now();
  enrollment.terms.etag = NewGuid();
  result_.enrollment = "disabled";
  batch_.changes.emplace_back(
      Put<IndividualEnrollment>{call_.scope(), std::move(enrollment), expect});
  return {};
}

}  // namespace

Result<Deprovisioning> ParseDeprovisioning(const Request& request) {
  Deprovisioning options;
  DPS_TRY(options.with_hub_identity, ParseSwitch(request, "withHubIdentity"));
  DPS_TRY(options.disenroll, ParseSwitch(request, "disenroll"));
  for (const auto& [asked, right] :
       {std::pair{options.with_hub_identity, AccessRight::kServiceConfig},
        {options.disenroll, AccessRight::kEnrollmentWrite}}) {
    if (!asked || request.caller.rights.Holds(right)) continue;
    return Fail(
        Errc::kUnauthenticated,
        request.caller.name + " lacks the right " + std::string(ToText(right)));
  }
  return options;
}

std::string ToJson(const Deprovisioned& device) {
  JsonWriter json;
  json.StartObject().Member("registrationId", device.registration_id.text());
  json.MemberNonempty("hub", device.hub);
  json.Key("hubHasConnector").Bool(device.hub_has_connector);
  json.Key("hubTasks").StartArray();
  for (const std::string& task : device.hub_tasks) json.String(task);
  json.EndArray().MemberNonempty("enrollment", device.enrollment);
  return json.EndObject().Take();
}

Result<Deprovisioned> AddDeprovisioning(Snapshot& snapshot, const Call& call,
                                        const RegistrationRecord& record,
                                        const Deprovisioning& options,
                                        Batch& batch) {
  Farewell farewell(snapshot, call, record, batch);
  DPS_CHECK(farewell.EndProvisioning());
  if (options.with_hub_identity) DPS_CHECK(farewell.LeaveHub());
  if (options.disenroll) DPS_CHECK(farewell.Disenroll());
  return std::move(farewell).result();
}

void EndProvisioning(const Call& call, const RegistrationId& id, Batch& batch) {
  batch.changes.emplace_back(
      Remove<HubTask>{call.scope(), ProvisionTaskKey(id), Expect::Anything()});
}

}  // namespace dps
