// SPDX-License-Identifier: Apache-2.0
// The counts of assignments per hub, held against the records they count.
#pragma once

#include "core/service_api/call.h"

namespace dps {

// Reads every registration record of the instance: takes seconds for a million.
// {"correct":bool,"repaired":bool,"hubs":[{"name","counted","stored"}]} with a
// row for each hub that has either. Corrects what is wrong if the body says
// {"repair":true}; what is assigned meanwhile is counted all the same.
[[nodiscard]] Result<Response> RecountAssignments(const Call& call);

}  // namespace dps
