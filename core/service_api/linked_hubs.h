// SPDX-License-Identifier: Apache-2.0
// The operator's verbs on linked hubs. Azure has them in its control plane;
// these routes are ours, with the etag rules of the data plane.
#pragma once

#include "core/service_api/call.h"

namespace dps {

// A hub is answered with two members more than are stored: `assignedDevices`,
// the registration records that hold an assignment to it, and `assignedShare`,
// their part of all the instance's assignments, 0 to 1.

// PUT /linkedHubs/{name}: links the hub or changes its weight and switch.
// Errors: kInvalidArgument, kMalformedJson, kForbidden
// (Instance::linked_hubs_max) and those of Precondition::ForPut.
[[nodiscard]] Result<Response> PutLinkedHub(const Call& call);

// GET /linkedHubs/{name}. Errors: kInvalidArgument, kNotFound.
[[nodiscard]] Result<Response> GetLinkedHub(const Call& call);

// GET /linkedHubs: all, as one array in name order.
[[nodiscard]] Result<Response> ListLinkedHubs(const Call& call);

// DELETE /linkedHubs/{name}: unlinks. Enrollments that name the hub and
// devices assigned to it stay as they are, as with Azure.
// Errors: those of Precondition::ForDelete.
[[nodiscard]] Result<Response> DeleteLinkedHub(const Call& call);

// GET /linkedHubs/{name}/enrollments:
// {"enrollmentGroups":[id],"enrollments":[id],"andMore":bool}: those whose
// iotHubs name the hub, linked or not; ids in lower case.
[[nodiscard]] Result<Response> ListEnrollmentsOfHub(const Call& call);

}  // namespace dps
