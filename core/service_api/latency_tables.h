// SPDX-License-Identifier: Apache-2.0
// The latency table of an instance, for policy geoLatency: one whole document
// that is replaced at once (ours, not Azure's).
#pragma once

#include "core/service_api/call.h"

namespace dps {

// The body is text as LatencyTable::ParseCsv takes it. The answer, as that of
// GetLatencyTable(), counts rows, prefixes and hubs and names the hubs that are
// not linked: `{"rows","prefixes","hubs","unlinkedHubs","etag",times}`. The
// table there is, once more, writes nothing and keeps its etag: jobs import
// every hour. Errors: those of Precondition, ParseCsv (which name the line) and
// Store.
[[nodiscard]] Result<Response> PutLatencyTable(const Call& call);
[[nodiscard]] Result<Response> GetLatencyTable(const Call& call);
// The rows as text/csv, in canonical form.
[[nodiscard]] Result<Response> GetLatencyRows(const Call& call);
[[nodiscard]] Result<Response> DeleteLatencyTable(const Call& call);

}  // namespace dps
