// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/circuit_breaker.h"

#include "core/base/limits.h"

namespace dps {

bool CircuitBreaker::Admit(SteadyTime now) {
  if (!open_until_) return true;
  if (probing_ || now < *open_until_) return false;
  probing_ = true;
  return true;
}

void CircuitBreaker::OnAnswer() { *this = {}; }

void CircuitBreaker::OnFailure(SteadyTime now) {
  ++failures_;
  // Calls that were under way when it opened do not keep it open.
  const bool opens =
      open_until_ ? probing_ : failures_ >= limits::kWebhookFailuresMax;
  if (!opens) return;
  open_until_ = now + limits::kWebhookPause;
  probing_ = false;
}

}  // namespace dps
