// SPDX-License-Identifier: Apache-2.0
#include "plugin/loopback.h"

#include <exception>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/base/thread.h"

namespace dps {

Loopback::Loopback(std::string socket_path, Log& log)
    : socket_path_(std::move(socket_path)),
      wake_client_id_("dps-loopback-" + NewGuid()),
      password_(HexEncode(RandomSecret(32).Reveal())),
      log_(log),
      jobs_(limits::kLoopbackJobsMax) {
  thread_ = StartThread([this] { Run(); });
}

Loopback::~Loopback() {
  jobs_.Close();
  thread_.join();
}

bool Loopback::Recognises(std::string_view password) const {
  return ConstantTimeEqual(password, password_.Reveal());
}

void Loopback::Wake() {
  if (wake_pending_.exchange(true)) return;
  if (!jobs_.TryPut(Job())) wake_pending_ = false;
}

void Loopback::RemoveSession(const std::string& client_id) {
  if (jobs_.TryPut(Job(client_id))) return;
  log_.Write(LogLevel::kWarning, "session of client=" + Printable(client_id) +
                                     " not removed: too many wait");
}

void Loopback::Run() {
  while (true) {
    const auto jobs = jobs_.Take(1);
    if (jobs.empty()) return;
    const Status done = DoGuarded(jobs.front());
    // One line when it begins to fail, not one for each job.
    if (!done && !last_failed_) {
      log_.Write(LogLevel::kWarning,
                 "loopback: " + done.error().message +
                     "; replies and the removal of sessions are late");
    }
    last_failed_ = !done;
  }
}

Status Loopback::DoGuarded(const Job& job) {
  try {
    return Do(job);
  } catch (const std::exception& exception) {
    return Fail(Errc::kInternal, exception.what());
  }
}

Status Loopback::Do(const Job& job) {
  if (job.empty()) return SendWake();
  DPS_TRY(UnixMqtt connection, UnixMqtt::Connect(LoginAs(job)));
  connection.Disconnect();
  return {};
}

Status Loopback::SendWake() {
  wake_pending_ = false;
  if (wake_connection_.connected() && wake_connection_.Publish(kWakeTopic)) {
    return {};
  }
  DPS_TRY(wake_connection_, UnixMqtt::Connect(LoginAs(wake_client_id_)));
  return wake_connection_.Publish(kWakeTopic);
}

UnixMqttLogin Loopback::LoginAs(const std::string& client_id) const {
  return {.socket_path = socket_path_,
          .client_id = client_id,
          .username = std::string(kLoopbackUsername),
          .password = std::string(password_.Reveal())};
}

}  // namespace dps
