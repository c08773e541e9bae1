// SPDX-License-Identifier: Apache-2.0
// Many enrollments in one request, each a line of JSON (NDJSON). Ours, not
// Azure's, whose bulk operation takes ten.
#pragma once

#include <cstddef>

#include "core/service_api/call.h"

namespace dps {

// Of one request. Whoever has more sends it in pieces.
inline constexpr std::size_t kImportRowsMax = 1000;
inline constexpr std::size_t kImportBytesMax = std::size_t{4} * 1024 * 1024;
// Of one commit: for so long the store's other writers, the broker among them,
// have to wait.
inline constexpr std::size_t kImportCommitMax = 250;

// POST /enrollments/import, /enrollmentGroups/import. Query `mode`: create
// (409 for one that exists), update (404 for one that does not), delete (of the
// row only the id counts), createOrUpdate (the default: what is there as the
// row has it stays as it is, so the same rows can be sent again). Lines that
// are empty count and are passed over. The rows are judged one after the other,
// as requests of their own would be, and good ones are stored whatever others
// are; many are stored by one commit.
// Answers 200 and `{"isSuccessful","results":[{"row", id, "status",
// "errorCode","message"}]}`: row counts from 1; status is created, updated,
// unchanged, deleted or refused. Errors: kInvalidArgument (no such mode, too
// many rows): then nothing was done; those of Store::Commit: then rows before
// may have been stored.
// Document: IndividualEnrollment, EnrollmentGroup.
template <class Document>
[[nodiscard]] Result<Response> ImportEnrollments(const Call& call);

}  // namespace dps
