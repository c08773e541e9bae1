// SPDX-License-Identifier: Apache-2.0
// The plugin as a client of its own broker, over a unix socket: wakes the idle
// broker when commits are done, and removes sessions that devices left behind.
// No broker function may be called off the broker's thread; a packet may.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

#include "core/base/crypto.h"
#include "core/base/inbox.h"
#include "core/base/log.h"
#include "plugin/unix_mqtt.h"

namespace dps {

inline constexpr std::string_view kLoopbackUsername = "dps-loopback";
inline constexpr std::string_view kWakeTopic = "$dps/wake";

class Loopback {
 public:
  // Starts the thread. `socket_path` is a listener of this broker; it is
  // connected to when there is something to do, so it may open later.
  Loopback(std::string socket_path, Log& log);
  ~Loopback();

  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  // Whether a CONNECT with kLoopbackUsername is this object's.
  bool Recognises(std::string_view password) const;
  const std::string& wake_client_id() const { return wake_client_id_; }

  // Any thread, never waits. Makes the broker see a PUBLISH to kWakeTopic
  // soon; calls until then count as one.
  void Wake();

  // Any thread, never waits. Connects with `client_id` and a clean session
  // and disconnects, which ends a session kept under it.
  void RemoveSession(const std::string& client_id);

 private:
  // A client id to remove the session of; empty = wake.
  using Job = std::string;

  void Run();
  [[nodiscard]] Status DoGuarded(const Job& job);
  [[nodiscard]] Status Do(const Job& job);
  [[nodiscard]] Status SendWake();
  UnixMqttLogin LoginAs(const std::string& client_id) const;

  const std::string socket_path_;
  const std::string wake_client_id_;
  const SecretBytes password_;  // hex, made anew at each start
  Log& log_;
  std::atomic<bool> wake_pending_ = false;
  Inbox<Job> jobs_;
  UnixMqtt wake_connection_;  // the thread's
  bool last_failed_ = false;  // the thread's
  std::thread thread_;
};

}  // namespace dps
