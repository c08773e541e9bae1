// SPDX-License-Identifier: Apache-2.0
// All enrollments as lines of JSON (NDJSON), as an import takes them. Ours, not
// Azure's.
#pragma once

#include <cstddef>

#include "core/service_api/call.h"

namespace dps {

// A page ends with the row that goes beyond this.
inline constexpr std::size_t kExportBytesMax = std::size_t{4} * 1024 * 1024;

// POST /enrollments/export, /enrollmentGroups/export: a page as
// x-ms-max-item-count (default: limits::kQueryPageMax) and x-ms-continuation
// ask for it, in key order; maybe a shorter one, while x-ms-continuation says
// that there is more. Without keys and certificates, unless the query says
// `withKeys=true`, which takes the right EnrollmentWrite; then an import makes
// the same enrollments of it anywhere. (By GET the path is that of the
// enrollment `export`.) Errors: kInvalidArgument, kMalformedJson,
// kUnauthenticated.
// Document: IndividualEnrollment, EnrollmentGroup.
template <class Document>
[[nodiscard]] Result<Response> ExportEnrollments(const Call& call);

// Whether a request is an export that shows keys: the audit wants to know.
bool ExportsKeys(const Request& request);

}  // namespace dps
