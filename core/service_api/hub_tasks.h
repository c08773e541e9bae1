// SPDX-License-Identifier: Apache-2.0
// The operator's verbs on work that is to be done at linked hubs. All of these
// routes are ours.
#pragma once

#include "core/service_api/call.h"

namespace dps {

// A task's id holds slashes, to be percent-encoded in the path.

// GET /hubTasks[?hub=NAME][&kind=provision|remove|notify]: in pages, as
// queries; `hub` also finds the tasks that come from a hub or carry to it. A
// page may be empty and yet have a continuation. A task that cannot be read is
// {"id","lastError"}, and is of every hub and kind. Errors: kInvalidArgument.
[[nodiscard]] Result<Response> ListHubTasks(const Call& call);

// GET /hubTasks/{id}. One that cannot be read is shown as in the list, without
// an etag. Errors: kNotFound.
[[nodiscard]] Result<Response> GetHubTask(const Call& call);

// POST /hubTasks/{id}/retry: due now, and tried as patiently as at first.
// Errors: those of Precondition::ForDelete; kConflict: a provisioning, which
// its broker has in hand until it is due: never two of them at once; what
// cannot be read.
[[nodiscard]] Result<Response> RetryHubTask(const Call& call);

// DELETE /hubTasks/{id}: gives it up, also one that cannot be read. Errors: as
// RetryHubTask(); who wants to end a provisioning deletes the device's
// registration.
[[nodiscard]] Result<Response> DeleteHubTask(const Call& call);

// POST /hubTasks/notices
// {"registrationIds":[id],"firstDueDateTimeUtc":time,"intervalMs":n}: asks
// these devices through their hubs to register anew, one after the other: the
// first at once if no time is given. One that is asked already is asked at the
// new time. Answers {"put":n,"skipped":[{"registrationId","why"}]}: devices
// that have no hub, or none with a connector. Errors: kInvalidArgument,
// kMalformedJson.
[[nodiscard]] Result<Response> PutNotices(const Call& call);

}  // namespace dps
