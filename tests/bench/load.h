// SPDX-License-Identifier: Apache-2.0
// A load of devices against one broker, and what it measured.
#pragma once

#include <sys/types.h>

#include <vector>

#include "core/base/result.h"
#include "tests/bench/device.h"

namespace dps::bench {

struct Load {
  std::uint16_t port = 0;
  SSL_CTX* tls = nullptr;  // null = plain TCP
  pid_t broker = 0;        // whose CPU time counts
  int concurrency = 1;     // devices at a time
  std::chrono::milliseconds poll_delay{};
};

using Milliseconds = std::chrono::duration<double, std::milli>;

struct Percentiles {
  Milliseconds p50{};
  Milliseconds p99{};
};

struct LoadResult {
  double flows_per_s = 0;
  double broker_cpu_us_per_flow = 0;  // all threads of the broker
  double polls_per_flow = 0;
  Percentiles connect;        // to CONNACK, with TCP and TLS
  Percentiles register_call;  // PUT to its answer
  Percentiles poll;           // the last GET to its answer
  Percentiles flow;           // the whole, poll delay included
};

// Runs one flow for each script, in that order, on the calling thread.
// Errors: kUnavailable, naming the first flow's failure (a flow that takes
// longer than kPatience is one).
[[nodiscard]] Result<LoadResult> RunLoad(
    const Load& load, const std::vector<DeviceScript>& scripts);

}  // namespace dps::bench
