// SPDX-License-Identifier: Apache-2.0
// What forgetting a device's registration takes along.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/model/ids.h"
#include "core/model/registration.h"
#include "core/service_api/call.h"
#include "core/store/store.h"

namespace dps {

// What the operator asks for beside, by queries of the request.
struct Deprovisioning {
  bool with_hub_identity = false;  // withHubIdentity=true
  bool disenroll = false;          // disenroll=true

  bool any() const { return with_hub_identity || disenroll; }
};
// Errors: kInvalidArgument (neither true nor false), kUnauthenticated (the
// caller may not: to disenroll takes EnrollmentWrite, to remove a hub's
// identity ServiceConfig).
[[nodiscard]] Result<Deprovisioning> ParseDeprovisioning(
    const Request& request);

// What becomes of a device whose record is deleted.
struct Deprovisioned {
  RegistrationId registration_id;
  std::string hub;                     // it was assigned to; empty = none
  bool hub_has_connector = false;      // else nothing can be removed there
  std::vector<std::string> hub_tasks;  // removals that are to be done
  std::string enrollment;  // `deleted`, `disabled`, or empty: as it was
};
std::string ToJson(const Deprovisioned& device);

// Adds to `batch` what goes along with the removal of a device's record, all on
// the condition that it is as `snapshot` shows it:
// - a provisioning under way is taken out. Unless it leaves the device where it
//   was, the hub it was for is to forget the device, when whoever was at it has
//   certainly given up.
// - with_hub_identity: its hub is to forget the device, if it has a connector.
// - disenroll: an individual enrollment is deleted; where a group accepted the
//   device, it is disabled, or a disabled one made.
// Errors: those of Snapshot.
[[nodiscard]] Result<Deprovisioned> AddDeprovisioning(
    Snapshot& snapshot, const Call& call, const RegistrationRecord& record,
    const Deprovisioning& options, Batch& batch);

// Takes a provisioning out, for a record that is not there or cannot be read.
void EndProvisioning(const Call& call, const RegistrationId& id, Batch& batch);

}  // namespace dps
