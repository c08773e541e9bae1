// SPDX-License-Identifier: Apache-2.0
// Devices that were refused while connected: each is disconnected soon after,
// so that the answer reaches it first.
#pragma once

#include <vector>

#include "core/base/clock.h"
#include "plugin/broker.h"
#include "plugin/session.h"

namespace dps {

// Broker thread only.
class Dismissals {
 public:
  Dismissals(Broker& broker, SessionTable& sessions, const Clock& clock);

  // Disconnects this connection limits::kDismissalDelay from now.
  void Add(const void* handle);
  // The connection has ended.
  void Forget(const void* handle);
  // Disconnects whose time has come. Cheap when there are none.
  void OnTick();

 private:
  struct Dismissed {
    const void* handle;
    SteadyTime due;
  };

  Broker& broker_;
  SessionTable& sessions_;
  const Clock& clock_;
  std::vector<Dismissed> dismissed_;
};

}  // namespace dps
