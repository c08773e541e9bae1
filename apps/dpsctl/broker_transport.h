// SPDX-License-Identifier: Apache-2.0
// The service API of the plugin in a broker, over MQTT on `$CONTROL/dps/v1`.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "apps/dpsctl/transport.h"
#include "core/hub/mosquitto_address.h"
#include "core/hub/mosquitto_session.h"
#include "core/service_api/control_message.h"

namespace dps {

struct BrokerTransportOptions {
  std::chrono::milliseconds patience = std::chrono::seconds{30};  // an answer's
  std::function<void(std::chrono::seconds)> wait;
};

// Connects when it is first asked. Errors name the broker. A plugin that has
// too much to do (429) is asked again, a few times.
class BrokerTransport final : public Transport {
 public:
  BrokerTransport(MosquittoAddress address, BrokerTransportOptions options);

  [[nodiscard]] Result<Response> Send(const Request& request) override;

 private:
  [[nodiscard]] Status Connect();
  [[nodiscard]] Result<Response> Ask(const Request& request);
  // The answer that has `correlation`.
  [[nodiscard]] Result<Response> Await(const std::string& correlation);
  CallLimit Limit() const;
  Error Refusal(const Response& refusal) const;

  const MosquittoAddress address_;
  const BrokerTransportOptions options_;
  const std::string name_;  // host:port
  std::unique_ptr<MosquittoSession> session_;
};

}  // namespace dps
