// SPDX-License-Identifier: Apache-2.0
// Stops asking a server that keeps failing, and asks it again after a pause.
#pragma once

#include <optional>

#include "core/base/clock.h"

namespace dps {

// Closed until limits::kWebhookFailuresMax calls in a row have failed, then
// open for limits::kWebhookPause; thereafter one call, the probe, is let
// through, and its outcome closes or opens it again. Pure; not thread-safe.
class CircuitBreaker {
 public:
  // Whether a call may be made. After true, OnAnswer() or OnFailure() must
  // tell how it went.
  [[nodiscard]] bool Admit(SteadyTime now);

  // The server answered, well or not: it is alive.
  void OnAnswer();
  void OnFailure(SteadyTime now);

  bool is_open() const { return open_until_.has_value(); }
  // In a row, up to now.
  int failures() const { return failures_; }

 private:
  int failures_ = 0;
  std::optional<SteadyTime> open_until_;
  bool probing_ = false;
};

}  // namespace dps
