// SPDX-License-Identifier: Apache-2.0
// The benchmark's result for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/load.h"

namespace dps::bench {

// What is compared, and how much the right side may cost, times the left.
struct Comparison {
  std::string title;
  std::string left;
  std::string right;
  double target = 0;
};

// One repetition: the same load on both sides, one after the other.
struct Repetition {
  LoadResult left;
  LoadResult right;
};

struct Report {
  Comparison comparison;
  int flows = 0;
  int concurrency = 0;
  std::chrono::milliseconds poll_delay{};
  std::vector<Repetition> repetitions;
};

// Medians of the repetitions in a table, and a line with the median of the
// repetitions' ratios beside its target.
std::string AsTable(const Report& report);
// Everything measured, one JSON object.
std::string AsJson(const Report& report);

}  // namespace dps::bench
