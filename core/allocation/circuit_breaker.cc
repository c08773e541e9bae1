// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/circuit_breaker.h"

#include "core/base/limits.h"

namespace dps {

std::optional<CircuitBreaker::Ticket> CircuitBreaker::Admit(SteadyTime now) {
  if (!open_until_) return opened_;
  if (probing_ || now < *open_until_) return std::nullopt;
  probing_ = true;
  return opened_;
}

void CircuitBreaker::OnAnswer() {
  failures_ = 0;
  open_until_.reset();
  probing_ = false;
}

// While it is open, the probe alone holds a ticket that counts.
bool CircuitBreaker::OnFailure(Ticket ticket, SteadyTime now) {
  if (ticket != opened_) return false;
  ++failures_;
  if (!open_until_ && failures_ < limits::kWebhookFailuresMax) return false;
  open_until_ = now + limits::kWebhookPause;
  probing_ = false;
  ++opened_;
  return true;
}

void CircuitBreaker::OnNotMade(Ticket ticket) {
  if (ticket == opened_) probing_ = false;
}

}  // namespace dps
