// SPDX-License-Identifier: Apache-2.0
// The operator's verbs on linked hubs. Azure has them in its control plane;
// these routes are ours, with the etag rules of the data plane.
#pragma once

#include "core/service_api/call.h"

namespace dps {

// A hub is answered with more members than are stored: see HubView.

// PUT /linkedHubs/{name}: links the hub or changes it. A connector's secret is
// stored sealed, unless it is a reference; `(sealed)`, as the answers have it,
// keeps the one there is. Errors: kInvalidArgument, kMalformedJson, kForbidden
// (Instance::linked_hubs_max), kUnavailable (SecretBox::Seal) and those of
// Precondition::ForPut.
[[nodiscard]] Result<Response> PutLinkedHub(const Call& call);

// GET /linkedHubs/{name}. Errors: kInvalidArgument, kNotFound.
[[nodiscard]] Result<Response> GetLinkedHub(const Call& call);

// GET /linkedHubs: all, as one array in name order.
[[nodiscard]] Result<Response> ListLinkedHubs(const Call& call);

// DELETE /linkedHubs/{name}: unlinks. Enrollments that name the hub, devices
// assigned to it and tasks in hand for it stay as they are, as with Azure.
// Errors: those of Precondition::ForDelete.
[[nodiscard]] Result<Response> DeleteLinkedHub(const Call& call);

// GET /linkedHubs/{name}/enrollments:
// {"enrollmentGroups":[id],"enrollments":[id],"andMore":bool}: those whose
// iotHubs name the hub, linked or not; ids in lower case.
[[nodiscard]] Result<Response> ListEnrollmentsOfHub(const Call& call);

}  // namespace dps
