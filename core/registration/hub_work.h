// SPDX-License-Identifier: Apache-2.0
// What a registration asks of the hubs, and how its end is written down.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/hub_task.h"
#include "core/registration/assign.h"
#include "core/store/store.h"

namespace dps {

// Whether there can be anything to do at hubs for a device with this record.
bool HubsFollow(const HubTable& linked,
                const std::optional<RegistrationRecord>& previous);

// Turns an assignment that was decided into one that the hubs follow.
// `previous` is the record it replaces, if any; `assignment` holds the new one
// as it would be without anything to do. Afterwards, if the hub has a
// connector: the record to write says `assigning`, and `start` is the task that
// has to end before it may say more. In the same commit go the removal of the
// device from a hub it leaves, or that an earlier attempt may have left it in,
// and the end of a removal from the hub it goes to. Errors: those of Snapshot.
[[nodiscard]] Status AddHubWork(
    const Ground& ground, const IdScope& scope,
    const std::optional<RegistrationRecord>& previous, Assignment& assignment);

// How a provisioning went.
struct Provisioned {
  bool known_before = false;  // kStart: the hub had state of the device, kept
  // kMigrate: why the state could not be had from the hub it was in; empty =
  // it was moved, or there was none.
  std::string left_behind;
  // kMigrate: what was moved; none = nothing, or there was none.
  std::optional<MovedState> moved{};
  bool same_place = false;  // the old hub is the new one, by another name

  friend bool operator==(const Provisioned&, const Provisioned&) = default;
};

struct HubTaskEnd {
  IdScope scope;
  HubTask task;  // kProvision, as it was run
  Result<Provisioned> outcome;
};

// What to commit when a provisioning has ended: the first change puts the
// record. nullopt: nothing, for another operation of the device has taken its
// place, or somebody else has ended it. The device is sent to the hub only
// while its enrollment is there and enabled; else, as when the hub failed, it
// is removed from there again. Errors: those of Snapshot.
[[nodiscard]] Result<std::optional<Batch>> SettleHubTask(Snapshot& snapshot,
                                                         const HubTaskEnd& end,
                                                         UtcTime now);

}  // namespace dps
