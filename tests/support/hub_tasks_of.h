// SPDX-License-Identifier: Apache-2.0
// The hub tasks that a store has of a scope, all of which can be read.
#pragma once

#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "core/store/store.h"

namespace dps {

inline std::vector<HubTask> HubTasksOf(Store& store, const IdScope& scope,
                                       const Page& page = {}) {
  const auto snapshot = store.Read();
  REQUIRE(snapshot);
  auto listed = (*snapshot)->ListHubTasks(scope, page);
  REQUIRE(listed);
  std::vector<HubTask> tasks;
  for (ListedHubTask& one : *listed) {
    REQUIRE(one.task);
    CHECK(one.key == one.task->key());
    tasks.push_back(*std::move(one.task));
  }
  return tasks;
}

}  // namespace dps
