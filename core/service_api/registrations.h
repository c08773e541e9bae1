// SPDX-License-Identifier: Apache-2.0
// The operator's verbs on registration records (service-api section 7.1).
#pragma once

#include "core/service_api/call.h"

namespace dps {

// GET /registrations/{id}. Errors: kInvalidArgument, kNotFound (the device has
// not tried yet, or the record was deleted).
[[nodiscard]] Result<Response> GetRegistration(const Call& call);

// DELETE /registrations/{id}: the device's next registration is its first.
// Errors: those of Precondition::ForDelete.
[[nodiscard]] Result<Response> DeleteRegistration(const Call& call);

// POST /registrations/{groupId}/query: the records of one enrollment group, in
// pages. A deleted group's records are still found under its id.
[[nodiscard]] Result<Response> QueryGroupRegistrations(const Call& call);

// POST /registrations/query: all records of the instance, in pages. Ours;
// Azure cannot list those of individual enrollments.
[[nodiscard]] Result<Response> QueryRegistrations(const Call& call);

}  // namespace dps
