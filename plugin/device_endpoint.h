// SPDX-License-Identifier: Apache-2.0
// The device endpoint: decides every broker event that concerns DPS. Knows
// MQTT's events, but not the broker's API.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/result.h"
#include "core/protocol/topic.h"
#include "core/registration/service.h"
#include "plugin/broker.h"
#include "plugin/config.h"
#include "plugin/dismissals.h"
#include "plugin/leftovers.h"
#include "plugin/loopback.h"
#include "plugin/replies.h"
#include "plugin/session.h"

namespace dps {

enum class Verdict {
  kAllow,
  kDeny,
  kDefer,     // not ours: the broker's other security decides
  kTryLater,  // CONNECT only: close without an answer, which devices retry
};

enum class Access { kRead, kWrite, kSubscribe, kUnsubscribe };

// Broker thread only.
class DeviceEndpoint {
 public:
  // `loopback` may be null: then sessions that devices leave behind stay, and
  // held replies wait for the next tick.
  DeviceEndpoint(RegistrationService& service, Broker& broker,
                 const Clock& clock, Log& log, Config config,
                 Loopback* loopback);

  // CONNECT with a username of DPS form: allowed if the proof is accepted.
  // Other clients: deferred. Nobody may take over the client id, or a session
  // left behind under it, of a device that he is not.
  Verdict OnConnect(const Client& client,
                    std::optional<std::string_view> password);

  // Devices may subscribe to the response filter, or to one topic below it
  // (replies come whichever it is), and publish requests, and nothing else;
  // others get nothing of `$dps`.
  Verdict OnAccess(const Client& client, Access access, std::string_view topic,
                   int qos);

  // A PUBLISH that passed OnAccess. True if it is a DPS request: it is
  // answered (by publishing) and must not be routed. A device whose proof no
  // enrollment accepts any more is told so and disconnected soon after.
  bool OnMessage(const Client& client, std::string_view topic,
                 std::string_view payload);

  void OnDisconnect(const void* handle);

  bool IsDevice(const void* handle) {
    return sessions_.Find(handle) != nullptr;
  }

  // Sends replies that were held for their commit, disconnects devices that
  // were refused. Cheap when there are none.
  void OnTick();

 private:
  Verdict ConnectLoopback(const Client& client,
                          std::optional<std::string_view> password);
  Verdict ConnectDevice(const Client& client,
                        std::optional<std::string_view> password);
  // What the broker resumes with this connection, so that replies go on to
  // it: the filter of an earlier session that was not cleaned.
  std::string ResumedFilter(const Client& client);
  // The broker asks again about every connected client when it reloads.
  bool IsConnectedAs(const Client& client, const ConnectRequest& connect,
                     std::optional<std::string_view> password);
  bool OwnedByOther(const Client& client, const std::string& device_key);
  // `connect` is what a device asked for, null if nobody can tell which.
  Verdict Refuse(const Client& client, const Error& error,
                 const ConnectRequest* connect = nullptr);
  Verdict OnDeviceAccess(Session& session, Access access,
                         std::string_view topic, int qos);
  Reply Answer(Session& session, const RequestTopic& request,
               std::string_view payload);

  RegistrationService& service_;
  const Clock& clock_;
  Log& log_;
  const Config config_;
  Loopback* const loopback_;
  const void* wake_handle_ = nullptr;  // the loopback's own connection
  SessionTable sessions_;
  Replies replies_;
  Dismissals dismissals_;
  LeftoverTable leftovers_;
};

}  // namespace dps
