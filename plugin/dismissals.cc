// SPDX-License-Identifier: Apache-2.0
#include "plugin/dismissals.h"

#include <string>

#include "core/base/limits.h"

namespace dps {

Dismissals::Dismissals(Broker& broker, SessionTable& sessions,
                       const Clock& clock)
    : broker_(broker), sessions_(sessions), clock_(clock) {}

void Dismissals::Add(const void* handle) {
  dismissed_.push_back(
      {.handle = handle, .due = clock_.SteadyNow() + limits::kDismissalDelay});
}

void Dismissals::Forget(const void* handle) {
  std::erase_if(dismissed_,
                [&](const Dismissed& each) { return each.handle == handle; });
}

void Dismissals::OnTick() {
  if (dismissed_.empty()) return;
  const SteadyTime now = clock_.SteadyNow();
  std::vector<std::string> client_ids;
  std::erase_if(dismissed_, [&](const Dismissed& each) {
    if (now < each.due) return false;
    const Session* session = sessions_.Find(each.handle);
    if (session != nullptr && sessions_.IsCurrent(*session)) {
      client_ids.push_back(session->client_id);
    }
    return true;
  });
  // Not before: the broker tells of each disconnection at once.
  for (const std::string& client_id : client_ids) {
    broker_.Disconnect(client_id);
  }
}

}  // namespace dps
