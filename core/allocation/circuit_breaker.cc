// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/circuit_breaker.h"

#include <algorithm>
#include <iterator>

#include "core/base/limits.h"

namespace dps {

bool CircuitBreaker::HasFailed(std::string_view device) const {
  return !device.empty() &&
         std::ranges::find(failed_for_, device) != failed_for_.end();
}

std::optional<CircuitBreaker::Ticket> CircuitBreaker::Admit(
    std::string_view device, SteadyTime now) {
  if (!open_until_) return opened_;
  if (probing_ || now < *open_until_) return std::nullopt;
  if (HasFailed(device) && now < *open_until_ + limits::kWebhookPause) {
    return std::nullopt;
  }
  probing_ = true;
  return opened_;
}

void CircuitBreaker::OnAnswer() {
  failures_ = 0;
  failed_for_.clear();
  open_until_.reset();
  probing_ = false;
}

// While it is open, the probe alone holds a ticket that counts.
bool CircuitBreaker::OnFailure(Ticket ticket, std::string_view device,
                               SteadyTime now) {
  if (ticket != opened_) return false;
  if (!HasFailed(device)) {
    ++failures_;
    if (!device.empty()) failed_for_.emplace_back(device);
    if (std::ssize(failed_for_) > limits::kWebhookFailuresMax) {
      failed_for_.pop_front();
    }
  }
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
