// SPDX-License-Identifier: Apache-2.0
// The token a client shows to Azure IoT Hub or a DPS. Source: service-api
// section 7.2.
#pragma once

#include <mutex>
#include <string>

#include "core/base/clock.h"
#include "core/http/connection_string.h"

namespace dps {

// Thread-safe.
class ServiceToken {
 public:
  explicit ServiceToken(ConnectionString service);

  // `SharedAccessSignature sr=..&sig=..&se=..&skn=..`, good for an hour: the
  // same until less than ten minutes of its hour are left.
  std::string At(UtcTime now);

 private:
  std::string Make() const;

  const ConnectionString service_;
  std::mutex mutex_;
  UtcTime expiry_{};   // under mutex_
  std::string token_;  // under mutex_
};

}  // namespace dps
