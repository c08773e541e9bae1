// SPDX-License-Identifier: Apache-2.0
#include "core/registration/hub_work.h"

#include <algorithm>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/process_identity.h"
#include "core/registration/finish.h"
#include "core/registration/hub_device.h"

namespace dps {
namespace {

HubTask RemovalOf(const HubName& hub, const std::string& device_id,
                  const RegistrationId& id, UtcTime now) {
  return {.kind = HubTaskKind::kRemove,
          .hub = hub,
          .device_id = device_id,
          .registration_id = id,
          .due = now,
          .etag_text = NewGuid(),
          .created = now};
}

// The record while the hub is asked: the last assignment stays what it was.
RegistrationRecord AssigningRecord(
    const RegistrationRecord& next,
    const std::optional<RegistrationRecord>& previous) {
  RegistrationRecord record = next;
  record.status = RegistrationStatus::kAssigning;
  record.substatus = RegistrationSubstatus::kNone;
  record.assigned_hub = previous ? previous->assigned_hub : "";
  record.device_id = previous ? previous->device_id : "";
  record.initial_twin_json = previous ? previous->initial_twin_json : "";
  record.payload_json.clear();
  return record;
}

const HubEntry* WithConnector(const HubTable& linked, std::string_view name) {
  const HubEntry* entry = linked.Find(name);
  return entry != nullptr && HasConnector(entry->hub) ? entry : nullptr;
}

}  // namespace

bool HubsFollow(const HubTable& linked,
                const std::optional<RegistrationRecord>& previous) {
  return linked.has_connectors() ||
         (previous && previous->status == RegistrationStatus::kAssigning);
}

Status AddHubWork(const Ground& ground, const IdScope& scope,
                  const std::optional<RegistrationRecord>& previous,
                  Assignment& assignment) {
  const HubTable& linked = ground.config.linked_hubs;
  RegistrationRecord& record = assignment.record;
  const UtcTime now = ground.moment.now;
  const std::string from = previous ? previous->assigned_hub : "";
  const RegistrationId& id = record.registration_id;
  const auto remove_from = [&](const HubName& hub, const std::string& device,
                               UtcTime due) {
    HubTask removal = RemovalOf(hub, device, id, now);
    removal.due = due;
    assignment.beside.emplace_back(Put<HubTask>{scope, std::move(removal), {}});
  };

  const std::string task_key = ProvisionTaskKey(id);
  DPS_TRY(const auto earlier, ground.snapshot.FindHubTask(scope, task_key));
  if (earlier) {
    assignment.beside.emplace_back(
        Remove<HubTask>{scope, task_key, Expect::Etag(earlier->etag_text)});
    const bool goes_on = earlier->hub.text() == record.assigned_hub &&
                         earlier->device_id == record.device_id;
    if (earlier->begun && !goes_on && earlier->hub.text() != from) {
      // Not while another process may be at it.
      const bool is_free =
          earlier->owner == OwnProcessIdentity() || HasEnded(earlier->owner);
      remove_from(earlier->hub, earlier->device_id,
                  is_free ? now : std::max(now, earlier->due));
    }
  }
  if (record.status != RegistrationStatus::kAssigned) return {};
  const HubEntry* to = WithConnector(linked, record.assigned_hub);
  const HubEntry* left =
      from == record.assigned_hub ? nullptr : WithConnector(linked, from);
  if (to == nullptr) {
    // What there is to migrate cannot go along: it stays where it is.
    if (left != nullptr && assignment.data != DeviceDataChange::kMigrate) {
      remove_from(left->name(), previous->device_id, now);
    }
    return {};
  }
  const std::string removal_key = RemoveTaskKey(to->name(), record.device_id);
  DPS_TRY(const auto removal, ground.snapshot.FindHubTask(scope, removal_key));
  if (removal) {
    assignment.beside.emplace_back(
        Remove<HubTask>{scope, removal_key, Expect::Etag(removal->etag_text)});
    // Its state is still there, and never came anywhere else.
    if (removal->carry_to && !removal->moved &&
        assignment.data == DeviceDataChange::kMigrate) {
      assignment.data = DeviceDataChange::kKeep;
    }
  }
  HubTask task{.kind = HubTaskKind::kProvision,
               .hub = to->name(),
               .device_id = record.device_id,
               .registration_id = id,
               .record = record,
               .data = assignment.data,
               .key_use = assignment.key_use,
               // What a hub holds already is no work of ours to undo.
               .begun = earlier && earlier->begun &&
                        earlier->hub == to->name() &&
                        earlier->device_id == record.device_id,
               .owner = OwnProcessIdentity(),
               .due = now + limits::kHubTakeOver,
               .etag_text = NewGuid(),
               .created = now};
  if (left != nullptr) task.from_hub = left->name();
  record = AssigningRecord(record, previous);
  assignment.beside.emplace_back(Put<HubTask>{scope, task, {}});
  assignment.start = std::move(task);
  return {};
}

namespace {

Errc FailureOfHub(Errc code) {
  const bool may_come_back =
      code == Errc::kUnavailable || code == Errc::kThrottled;
  return may_come_back ? Errc::kHubUnreachable : Errc::kHubRefused;
}

// The device is told its hub.
RegistrationRecord AssignedRecord(const HubTaskEnd& end) {
  RegistrationRecord record = *end.task.record;
  if (end.outcome->known_before) {
    record.substatus = RegistrationSubstatus::kReprovisionedToInitialAssignment;
  }
  if (!end.outcome->left_behind.empty()) {
    record.substatus = RegistrationSubstatus::kDeviceDataReset;
  }
  return record;
}

// What was to be carried to the hub that the device leaves now goes to the
// next; or nowhere, if the device starts afresh.
Status SendAfter(Snapshot& snapshot, const HubTaskEnd& end,
                 const std::string& device_id, Batch& batch) {
  const HubTask& task = end.task;
  const HubName& left = task.from_hub ? *task.from_hub : task.hub;
  DPS_TRY(const auto linked, snapshot.ListLinkedHubs(end.scope));
  for (const LinkedHub& hub : linked) {
    DPS_TRY(auto removal, snapshot.FindHubTask(
                              end.scope, RemoveTaskKey(hub.name, device_id)));
    if (!removal || removal->carry_to != left) continue;
    Expect expect = Expect::Etag(removal->etag_text);
    removal->carry_to = task.hub;
    if (task.data == DeviceDataChange::kReset) {
      removal->carry_to.reset();
      removal->moved.reset();
    }
    removal->etag_text = NewGuid();
    batch.changes.emplace_back(
        Put<HubTask>{end.scope, *std::move(removal), std::move(expect)});
  }
  return {};
}

}  // namespace

Result<std::optional<Batch>> SettleHubTask(Snapshot& snapshot,
                                           const HubTaskEnd& end, UtcTime now) {
  const HubTask& task = end.task;
  DPS_TRY(auto current,
          snapshot.FindRegistration(end.scope, task.registration_id));
  DPS_TRY(const auto stored, snapshot.FindHubTask(end.scope, task.key()));
  if (!current || !stored || stored->etag_text != task.etag_text) {
    return std::nullopt;
  }
  const auto terms = EnrollmentTermsOf(snapshot, end.scope, *task.record);
  if (!terms && terms.error().code != Errc::kForbidden) {
    return tl::unexpected<Error>(terms.error());
  }
  const bool assigns = end.outcome && terms;
  RegistrationRecord record = assigns ? AssignedRecord(end) : *current;
  if (!terms) {
    Finish(record, RegistrationStatus::kDisabled, terms.error());
  } else if (!assigns) {
    const Error& error = end.outcome.error();
    Finish(record, RegistrationStatus::kFailed,
           {FailureOfHub(error.code), error.message});
  }
  record.etag_text = NewGuid();
  record.last_updated = now;
  DPS_TRY(const std::uint64_t version, snapshot.ConfigVersion(end.scope));
  Batch batch{.changes = {}, .unchanged_config = {{end.scope, version}}};
  batch.changes = {
      Put<RegistrationRecord>{end.scope, record,
                              Expect::Etag(current->etag_text)},
      Remove<HubTask>{end.scope, task.key(), Expect::Etag(task.etag_text)}};
  const auto remove_from = [&](HubTask removal) {
    batch.changes.emplace_back(Put<HubTask>{end.scope, std::move(removal), {}});
  };
  if (assigns && task.from_hub && !end.outcome->same_place) {
    HubTask removal = RemovalOf(*task.from_hub, current->device_id,
                                task.registration_id, now);
    removal.moved = end.outcome->moved;
    if (removal.moved || !end.outcome->left_behind.empty()) {
      removal.carry_to = task.hub;
    }
    remove_from(std::move(removal));
  }
  if (assigns && !end.outcome->same_place &&
      (task.from_hub || task.data == DeviceDataChange::kReset)) {
    DPS_CHECK(SendAfter(snapshot, end, current->device_id, batch));
  }
  if (!assigns && stored->begun && task.hub.text() != current->assigned_hub) {
    remove_from(RemovalOf(task.hub, task.device_id, task.registration_id, now));
  }
  return batch;
}

}  // namespace dps
