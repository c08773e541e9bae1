// SPDX-License-Identifier: Apache-2.0
// Stops asking a server that keeps failing, and asks it again after a pause.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace dps {

// Closed until limits::kWebhookFailuresMax calls in a row, each for another
// device, have failed; then open for limits::kWebhookPause; thereafter one
// call, the probe, is let through, and its outcome closes or opens it again. A
// device counts once, for what it sends may be what the server fails of; nor is
// one that counted let through as the probe while the second such pause lasts.
// Pure; not thread-safe.
class CircuitBreaker {
 public:
  // What a call brings back with its outcome: how often the breaker had opened
  // when the call was admitted.
  using Ticket = std::uint64_t;

  // nullopt: no call may be made. Else one of OnAnswer(), OnFailure() and
  // OnNotMade() must tell how it went. `device` is anything that names the one
  // the call is for; empty = nobody knows, so it always counts.
  [[nodiscard]] std::optional<Ticket> Admit(std::string_view device,
                                            SteadyTime now);

  // The server answered, well or not: it is alive.
  void OnAnswer();
  // Calls admitted before it last opened do not count. True if it opens now.
  [[nodiscard]] bool OnFailure(Ticket ticket, std::string_view device,
                               SteadyTime now);
  // The server was not asked after all.
  void OnNotMade(Ticket ticket);

  bool is_open() const { return open_until_.has_value(); }
  // In a row, up to now, that counted.
  int failures() const { return failures_; }

 private:
  bool HasFailed(std::string_view device) const;

  int failures_ = 0;
  std::deque<std::string> failed_for_;  // the last so many devices
  std::optional<SteadyTime> open_until_;
  bool probing_ = false;
  Ticket opened_ = 0;  // times
};

}  // namespace dps
