// SPDX-License-Identifier: Apache-2.0
// Stops asking a server that keeps failing, and asks it again after a pause.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/clock.h"

namespace dps {

// Closed until limits::kWebhookFailuresMax calls in a row have failed, then
// open for limits::kWebhookPause; thereafter one call, the probe, is let
// through, and its outcome closes or opens it again. Pure; not thread-safe.
class CircuitBreaker {
 public:
  // What a call brings back with its outcome: how often the breaker had opened
  // when the call was admitted.
  using Ticket = std::uint64_t;

  // nullopt: no call may be made. Else one of OnAnswer(), OnFailure() and
  // OnNotMade() must tell how it went.
  [[nodiscard]] std::optional<Ticket> Admit(SteadyTime now);

  // The server answered, well or not: it is alive.
  void OnAnswer();
  // Calls admitted before it last opened do not count. True if it opens now.
  [[nodiscard]] bool OnFailure(Ticket ticket, SteadyTime now);
  // The server was not asked after all.
  void OnNotMade(Ticket ticket);

  bool is_open() const { return open_until_.has_value(); }
  // In a row, up to now.
  int failures() const { return failures_; }

 private:
  int failures_ = 0;
  std::optional<SteadyTime> open_until_;
  bool probing_ = false;
  Ticket opened_ = 0;  // times
};

}  // namespace dps
