// SPDX-License-Identifier: Apache-2.0
// One MQTT 3.1.1 connection to a Mosquitto hub, or to another broker, over
// libmosquitto, driven by the thread that calls.
//
// The broker exports some of libmosquitto's functions under the same names
// (mosquitto_property_*, mosquitto_*_topic_check, mosquitto_strerror), and in
// the plugin's process the broker's are taken. They are pure and of the same
// release; without MQTT 5 hardly any is called. Names are looked up by
// libmosquitto, which waits for the system's resolver: that wait alone is not
// bounded by CallLimit.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/hub/mosquitto_address.h"

struct mosquitto;

namespace dps {

// When a call has to end, whether or not the hub answered.
struct CallLimit {
  std::chrono::steady_clock::time_point deadline;
  std::stop_token stop;
};

// What the other side is to us.
struct SessionTerms {
  std::string peer = "the hub";  // in messages
  std::string client_id_prefix = "dps-hub-";
  // Of messages that wait to be taken: three parts of a twin and an answer of
  // dynamic-security, and room to spare.
  std::size_t arrived_bytes_max = std::size_t{2} * 1024 * 1024;
};

struct ArrivedMessage {
  std::string topic;
  std::string payload;

  friend bool operator==(const ArrivedMessage&,
                         const ArrivedMessage&) = default;
};

// Not thread-safe, but may wander from thread to thread. Errors of all calls:
// kUnavailable (out of reach, closed, too slow, stopped), kInternal (the hub
// sends what nobody asked for). After an error the session is broken.
class MosquittoSession {
 public:
  // With a random client id and a clean session. Errors: also kForbidden (the
  // hub or we refuse: user, password, certificate), kInvalidArgument (our
  // files, the address).
  [[nodiscard]] static Result<std::unique_ptr<MosquittoSession>> Connect(
      const MosquittoAddress& address, const CallLimit& limit,
      const SessionTerms& terms = {});

  MosquittoSession(const MosquittoSession&) = delete;
  MosquittoSession& operator=(const MosquittoSession&) = delete;
  // Takes leave of the hub if it is still there.
  ~MosquittoSession();

  // For all calls from now on.
  void SetLimit(const CallLimit& limit) { limit_ = limit; }
  bool broken() const { return broken_; }
  // Whether it broke because its time was over.
  bool timed_out() const { return timed_out_; }

  // At QoS 0, so that all that comes, comes in its order. Waits for the
  // answer. Errors: also kForbidden (the session is not broken by it).
  [[nodiscard]] Status Subscribe(const std::vector<std::string>& topics);
  [[nodiscard]] Status Unsubscribe(const std::vector<std::string>& topics);

  // At QoS 1; waits for the acknowledgement. An MQTT 3.1.1 broker also
  // acknowledges what it then drops for want of rights.
  [[nodiscard]] Status Publish(const ArrivedMessage& message, bool retain);

  // The oldest message that has come and was not taken; waits for one.
  // `awaited` names it for the error.
  [[nodiscard]] Result<ArrivedMessage> Next(std::string_view awaited);

 private:
  struct Callbacks;  // what libmosquitto calls
  struct Closer {
    void operator()(mosquitto* client) const;
  };

  MosquittoSession(CallLimit limit, SessionTerms terms);
  Status Open(const MosquittoAddress& address, const char* bind_address);
  Status SetUp(const MosquittoAddress& address);
  Status WaitUntil(const std::function<bool()>& done, std::string_view awaited);
  Status Turn(std::string_view awaited);
  // How a failed call of libmosquitto reads.
  Status Lost(int code);
  Status Break(Errc code, std::string message);

  CallLimit limit_;
  const SessionTerms terms_;
  std::unique_ptr<mosquitto, Closer> client_;
  std::string name_;  // the peer and its host:port, for messages
  bool broken_ = false;
  bool timed_out_ = false;
  bool reached_ = false;  // something came from the other side
  int connack_ = -1;      // -1 = none yet
  int acknowledged_ = 0;  // the last packet id
  std::vector<int> granted_;
  std::deque<ArrivedMessage> arrived_;
  std::size_t arrived_bytes_ = 0;
  std::string overflowing_;  // the topic whose message was too much
  std::string complaint_;    // libmosquitto's last line about an error
};

}  // namespace dps
