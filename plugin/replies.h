// SPDX-License-Identifier: Apache-2.0
// Replies on their way to devices: sent at once, or held until the commit that
// they tell of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/registration/service.h"
#include "plugin/broker.h"
#include "plugin/session.h"

namespace dps {

// Broker thread only.
class Replies {
 public:
  Replies(RegistrationService& service, Broker& broker, SessionTable& sessions,
          const Clock& clock);

  // To the session that asked, or, if it did not subscribe, to all of its
  // device that did.
  void Send(const Session& session, const std::string& request_id,
            const Reply& reply);

  // Holds the answer to a PUT until its operation ends, or until `deadline`,
  // when `fallback` is sent. False, and nothing held, when
  // limits::kHeldRepliesMax are already.
  [[nodiscard]] bool Hold(const Session& session, const std::string& request_id,
                          const Reply& fallback, SteadyTime deadline);
  // Drops what is held for a connection that has ended.
  void Forget(const void* handle);
  // Sends what need not wait any longer. Cheap when nothing is held.
  void OnTick();

 private:
  struct Held {
    const void* handle;
    std::string request_id;
    Reply fallback;
    SteadyTime deadline;
  };

  RegistrationService& service_;
  Broker& broker_;
  SessionTable& sessions_;
  const Clock& clock_;
  std::vector<Held> held_;
  std::uint64_t completions_seen_ = 0;
};

}  // namespace dps
