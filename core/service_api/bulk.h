// SPDX-License-Identifier: Apache-2.0
// Several enrollments in one request (service-api section 7.1, "Bulk").
#pragma once

#include "core/service_api/call.h"

namespace dps {

// `{"mode","enrollments":[...]}` or `{"mode","enrollmentGroups":[...]}`, up to
// limits::kBulkItemsMax of them. Modes, in any letter case: create (409 for one
// that exists), update (whatever its etag; 404 for one that does not exist),
// updateIfMatchETag (the item's etag), delete. Each item is done by itself, as
// a request of its own would be, and commits by itself.
// Answers `{"isSuccessful","errors":[{id, "errorCode","errorStatus"}]}`, 200
// though some failed. Errors: kInvalidArgument (no mode, no items or too many,
// an item without its id), kMalformedJson; then nothing was done.
// Document: IndividualEnrollment, EnrollmentGroup.
template <class Document>
[[nodiscard]] Result<Response> RunBulkOperation(const Call& call);

}  // namespace dps
