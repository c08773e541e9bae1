// SPDX-License-Identifier: Apache-2.0
// The device endpoint over HTTPS: the requests that devices make over MQTT
// elsewhere, each with its proof.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "apps/dps-service/http_server.h"
#include "apps/dps-service/sparse_log.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/rate_window.h"
#include "core/base/recent_map.h"
#include "core/base/result.h"
#include "core/protocol/connect.h"
#include "core/protocol/device_path.h"
#include "core/registration/service.h"

namespace dps {

struct DeviceFaceOptions {
  ApiVersionRule api_versions = ApiVersionRule::kAny;
  // Certificates that a device may present.
  std::size_t chain_max = limits::kPresentedChainMax;
  int retry_after_s = 3;  // where the service cannot say it
};

// Thread-safe: one request at a time has the service, which never waits for the
// disk; a certificate chain that is new to it costs some milliseconds.
class DeviceFace {
 public:
  // All must outlive this; the service is this one's alone.
  DeviceFace(RegistrationService& service, const Clock& clock, Log& log,
             const DeviceFaceOptions& options)
      : service_(service), clock_(clock), log_(log), options_(options) {}

  // device-protocol section 8. Who presents a certificate is judged by it, else
  // by the SAS token in Authorization. A stranger is told 401 and no reason,
  // which is in the log, and has to connect anew; so has whoever asks for what
  // there is not.
  HttpReply Answer(const HttpCall& call);

 private:
  struct Rates {
    RateWindow polls;
    RateWindow registers;
  };

  HttpReply AnswerDevice(const HttpCall& call, const DevicePath& path,
                         Identity& identity);
  // The call's device is not let in.
  HttpReply TurnAway(const HttpCall& call, const ConnectRequest& connect,
                     const Error& error);
  HttpReply Refuse(const HttpCall& call, const Error& error,
                   const std::optional<Error>& shown = {});
  // Keep what a device may still ask for from one request to the next.
  void Recall(Identity& identity);
  void Remember(const Identity& identity);

  RegistrationService& service_;
  const Clock& clock_;
  SparseLog log_;  // of what strangers do
  const DeviceFaceOptions options_;
  std::mutex mutex_;                               // guards service_ and rates_
  RecentMap<Rates> rates_{kDevicesRememberedMax};  // by scope and registration

  // One that asks too often is used all the time, so it stays.
  static constexpr std::size_t kDevicesRememberedMax = 10'000;
};

}  // namespace dps
