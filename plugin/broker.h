// SPDX-License-Identifier: Apache-2.0
// The few things the plugin asks of the broker, so that tests can fake them.
#pragma once

#include <string>
#include <string_view>

#include "core/attestation/x509_chain.h"
#include "plugin/voucher.h"

namespace dps {

// A client's connection as the broker shows it during one event.
struct Client {
  const void* handle;  // the broker's; identifies the connection until it ends
  std::string_view id;
  std::string_view username;  // empty if none was sent
  std::string_view address;
  bool web_socket = false;
  bool mqtt5 = false;
  bool clean_start = true;  // MQTT 3.1.1: clean session
  // Of the certificate that it presented in TLS.
  Voucher voucher = Voucher::kNobody;
  // At CONNECT only. Null without a certificate, and for one that nobody may
  // rely on.
  const PresentedChain* chain = nullptr;
};

// What a client is renamed to that bears a name from a certificate which only
// DPS vouches for. Nobody else bears it, and it may do nothing.
inline constexpr std::string_view kNamelessUsername = "dps-nameless";

// Broker thread only.
class Broker {
 public:
  virtual ~Broker() = default;
  // Delivers to the connected client of this id, whatever it subscribed to;
  // dropped if there is none. Goes out after the current event's own answer.
  virtual void Publish(const std::string& client_id, const std::string& topic,
                       const std::string& payload, int qos) = 0;
  // The same at QoS 0, which nobody keeps for later, with `correlation` as MQTT
  // 5's Correlation Data if it is not empty.
  virtual void Answer(const std::string& client_id, const std::string& topic,
                      const std::string& payload,
                      const std::string& correlation) = 0;
  // Ends the connection of the client of this id, if there is one.
  virtual void Disconnect(const std::string& client_id) = 0;
};

}  // namespace dps
