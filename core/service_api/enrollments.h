// SPDX-License-Identifier: Apache-2.0
// The operator's verbs on individual enrollments and enrollment groups
// (service-api sections 7.1 to 7.5). Document is one of the two.
#pragma once

#include "core/service_api/call.h"

namespace dps {

// PUT /enrollments/{id}: creates or replaces; the answer shows both keys.
// Errors: kInvalidArgument, kMalformedJson and those of
// EnrollmentChanges::PlanPut.
template <class Document>
[[nodiscard]] Result<Response> PutEnrollment(const Call& call);

// GET: without keys; an individual one with its device's registrationState.
// Errors: kInvalidArgument, kNotFound.
template <class Document>
[[nodiscard]] Result<Response> GetEnrollment(const Call& call);

// DELETE, with what goes along in the same commit. Errors: those of
// EnrollmentChanges::AddRemoval.
template <class Document>
[[nodiscard]] Result<Response> DeleteEnrollment(const Call& call);

// POST /enrollments/query: all of them in pages, without keys and
// registrationState; ours: unless the conditions of list_filter.h say
// otherwise. Errors: those of ParsePage and ParseEnrollmentFilter.
template <class Document>
[[nodiscard]] Result<Response> QueryEnrollments(const Call& call);

// POST .../attestationmechanism: the attestation with its keys.
// Errors: kInvalidArgument, kNotFound.
template <class Document>
[[nodiscard]] Result<Response> GetAttestationMechanism(const Call& call);

}  // namespace dps
