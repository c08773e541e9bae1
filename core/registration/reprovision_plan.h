// SPDX-License-Identifier: Apache-2.0
// Who would move if devices registered again now. Registers nobody.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/model/hub_task.h"
#include "core/model/ids.h"
#include "core/model/registration.h"
#include "core/registration/allocation_preview.h"
#include "core/store/store.h"

namespace dps {

enum class PlannedOutcome {
  kStays,
  kMoves,    // to another hub, or to its first
  kFails,    // it would be refused
  kUnknown,  // it depends on what only the registration itself can tell
};

struct PlannedRegistration {
  RegistrationId registration_id;
  PlannedOutcome outcome = PlannedOutcome::kUnknown;
  std::string from;  // empty = it has no hub
  std::string to;    // of kStays and kMoves
  // Of these two: what becomes of the state its hub keeps, also where it stays.
  DeviceDataChange data = DeviceDataChange::kKeep;
  std::string reason{};  // of kFails and kUnknown
};

// What would become of the device with this record, which decides alone: the
// loads of hubs are those of now, whoever else would move. It is taken to speak
// a current api-version, and to come by the enrollment group it came by.
// kFails: the enrollment is gone or disabled, or no hub is eligible. kUnknown:
// policy custom, whose webhook is not asked; geoLatency with several hubs to
// choose from, for the device's address is not known. Errors: kUnauthenticated
// (no such ID scope), and those of Snapshot.
[[nodiscard]] Result<PlannedRegistration> PlanRegistration(
    Snapshot& snapshot, const IdScope& scope, const RegistrationRecord& record,
    PreviewMemory& memory);

// `{"registrationId","outcome":"stays"|"moves"|"fails"|"unknown","from","to",
// "deviceData":"keep"|"start"|"migrate"|"reset","reason"}`; members that are
// empty are left out.
std::string ToJson(const PlannedRegistration& planned);

}  // namespace dps
