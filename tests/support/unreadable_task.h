// SPDX-License-Identifier: Apache-2.0
// A hub task that a store on disk takes and cannot read back.
#pragma once

#include <utility>

#include "core/model/hub_task.h"

namespace dps {

inline HubTask Unreadable(HubTask task) {
  task.attempts = -1;
  return task;
}

}  // namespace dps
