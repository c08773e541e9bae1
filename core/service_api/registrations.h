// SPDX-License-Identifier: Apache-2.0
// The operator's verbs on registration records (service-api section 7.1).
#pragma once

#include "core/service_api/call.h"

namespace dps {

// GET /registrations/{id}. Errors: kInvalidArgument, kNotFound (the device has
// not tried yet, or the record was deleted).
[[nodiscard]] Result<Response> GetRegistration(const Call& call);

// DELETE /registrations/{id}: the device's next registration is its first. A
// provisioning under way ends. The device stays known to its hub, and enrolled;
// ours are the queries withHubIdentity=true and disenroll=true, which see to
// that too and are answered by 200 and a Deprovisioned as JSON: what there is
// to do at hubs is done by a broker. Errors: kInvalidArgument, those of
// Precondition::ForDelete.
[[nodiscard]] Result<Response> DeleteRegistration(const Call& call);

// POST /registrations/{groupId}/delete: the same for the records of one
// enrollment group, at most 100 in a commit and an answer, which is an array of
// Deprovisioned, with a continuation while there are more. Ours. Errors:
// kInvalidArgument.
[[nodiscard]] Result<Response> DeleteGroupRegistrations(const Call& call);

// POST /registrations/delete: the same for the records that fit the conditions
// of list_filter.h, of which there must be one at least. Ours.
[[nodiscard]] Result<Response> DeleteRegistrations(const Call& call);

// GET /registrations/{id}/attempts: what the device tried in vain, the newest
// first (core/model/device_attempts.h); an empty list if nothing is known of
// it. Ours.
[[nodiscard]] Result<Response> GetAttempts(const Call& call);

// POST /registrations/{groupId}/query: the records of one enrollment group, in
// pages. A deleted group's records are still found under its id. Ours: the
// conditions of list_filter.h, here and below.
[[nodiscard]] Result<Response> QueryGroupRegistrations(const Call& call);

// POST /registrations/query: all records of the instance, in pages. Ours;
// Azure cannot list those of individual enrollments.
[[nodiscard]] Result<Response> QueryRegistrations(const Call& call);

}  // namespace dps
