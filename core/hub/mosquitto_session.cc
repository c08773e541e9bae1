// SPDX-License-Identifier: Apache-2.0
#include "core/hub/mosquitto_session.h"

#include <mosquitto.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "core/base/text.h"

namespace dps {
namespace {

using std::chrono::milliseconds;

constexpr int kKeepaliveS = 60;
constexpr int kQos = 1;
constexpr int kRefusedBit = 0x80;  // of a SUBACK's code
constexpr int kConnackUnavailable = 3;
constexpr int kConnackBadPassword = 4;
constexpr int kConnackNotAuthorised = 5;
// How soon a stop is noticed.
constexpr milliseconds kStopCheck{50};
constexpr std::size_t kArrivedMax = 64;  // messages that wait to be taken
// Where Debian keeps the system's CAs.
constexpr const char* kSystemCas = "/etc/ssl/certs";

const char* OrNull(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

std::string Reason(int code, int error) {
  if (code == MOSQ_ERR_ERRNO && error != 0) {
    return std::generic_category().message(error);
  }
  return mosquitto_strerror(code);
}

// As libmosquitto takes them; it does not write to them.
std::vector<char*> Names(const std::vector<std::string>& topics) {
  std::vector<char*> names(topics.size());
  std::ranges::transform(topics, names.begin(), [](const std::string& topic) {
    return const_cast<char*>(topic.c_str());
  });
  return names;
}

bool IsOfTls(int code) {
  return code == MOSQ_ERR_TLS || code == MOSQ_ERR_TLS_HANDSHAKE;
}

}  // namespace

struct MosquittoSession::Callbacks {
  static MosquittoSession& Of(void* session) {
    return *static_cast<MosquittoSession*>(session);
  }

  static void OnConnect(mosquitto*, void* session, int code) {
    Of(session).reached_ = true;
    Of(session).connack_ = code;
  }

  static void OnPublished(mosquitto*, void* session, int id) {
    Of(session).acknowledged_ = id;
  }

  static void OnSubscribed(mosquitto*, void* session, int id, int count,
                           const int* granted) {
    Of(session).granted_.assign(granted, granted + count);
    Of(session).acknowledged_ = id;
  }

  static void OnMessage(mosquitto*, void* session,
                        const mosquitto_message* message) {
    MosquittoSession& self = Of(session);
    const auto size = static_cast<std::size_t>(message->payloadlen);
    if (self.arrived_bytes_ + size > self.terms_.arrived_bytes_max ||
        self.arrived_.size() == kArrivedMax) {
      self.overflowing_ = message->topic;
      return;
    }
    self.arrived_bytes_ += size;
    self.arrived_.push_back(
        {.topic = message->topic,
         .payload =
             std::string(static_cast<const char*>(message->payload), size)});
  }

  static void OnLog(mosquitto*, void* session, int level, const char* text) {
    if (level == MOSQ_LOG_ERR) Of(session).complaint_ = Printable(text);
  }
};

void MosquittoSession::Closer::operator()(mosquitto* client) const {
  mosquitto_disconnect(client);
  mosquitto_destroy(client);
}

MosquittoSession::MosquittoSession(CallLimit limit, SessionTerms terms)
    : limit_(std::move(limit)), terms_(std::move(terms)) {}

MosquittoSession::~MosquittoSession() = default;

Result<std::unique_ptr<MosquittoSession>> MosquittoSession::Connect(
    const MosquittoAddress& address, const CallLimit& limit,
    const SessionTerms& terms) {
  std::unique_ptr<MosquittoSession> session(new MosquittoSession(limit, terms));
  Status opened = session->Open(address, nullptr);
  if (opened) return session;
  const bool elsewhere = opened.error().code == Errc::kUnavailable &&
                         !session->reached_ &&
                         std::chrono::steady_clock::now() < limit.deadline &&
                         !limit.stop.stop_requested();
  if (!elsewhere) return Forward(std::move(opened));
  // libmosquitto takes the first address of a name only. Bound to IPv4 it
  // passes over those of IPv6, on which many a broker does not listen.
  session.reset(new MosquittoSession(limit, terms));
  if (session->Open(address, "0.0.0.0")) return session;
  return Forward(std::move(opened));
}

Status MosquittoSession::SetUp(const MosquittoAddress& address) {
  static const int initialised = mosquitto_lib_init();
  const std::string id = terms_.client_id_prefix + NewGuid();
  client_.reset(mosquitto_new(id.c_str(), true, this));
  if (initialised != MOSQ_ERR_SUCCESS || client_ == nullptr) {
    return Break(Errc::kUnavailable, "libmosquitto could not be set up");
  }
  mosquitto* client = client_.get();
  mosquitto_connect_callback_set(client, Callbacks::OnConnect);
  mosquitto_publish_callback_set(client, Callbacks::OnPublished);
  mosquitto_unsubscribe_callback_set(client, Callbacks::OnPublished);
  mosquitto_subscribe_callback_set(client, Callbacks::OnSubscribed);
  mosquitto_message_callback_set(client, Callbacks::OnMessage);
  mosquitto_log_callback_set(client, Callbacks::OnLog);
  mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1);
  const std::string password(address.password.Reveal());
  const int named = mosquitto_username_pw_set(
      client, OrNull(address.username),
      address.username.empty() ? nullptr : OrNull(password));
  if (named != MOSQ_ERR_SUCCESS) {
    return Break(Errc::kInvalidArgument,
                 "cannot be sent this username or password");
  }
  if (!address.tls) return {};
  // libmosquitto does not say which it is.
  for (const std::string* file :
       {&address.ca_file, &address.certificate_file, &address.key_file}) {
    if (file->empty() || std::ifstream(*file).good()) continue;
    return Break(Errc::kInvalidArgument,
                 "cannot be reached by TLS, for the file " + Printable(*file) +
                     " cannot be read");
  }
  const int set = mosquitto_tls_set(
      client, OrNull(address.ca_file),
      address.ca_file.empty() ? kSystemCas : nullptr,
      OrNull(address.certificate_file), OrNull(address.key_file), nullptr);
  if (set == MOSQ_ERR_SUCCESS) return {};
  return Break(Errc::kInvalidArgument,
               "cannot be reached by TLS, for the CA, the certificate and the "
               "key do not fit: " +
                   Reason(set, errno));
}

Status MosquittoSession::Open(const MosquittoAddress& address,
                              const char* bind_address) {
  name_ = terms_.peer + " " + address.host + ":" + std::to_string(address.port);
  DPS_CHECK(SetUp(address));
  const int code =
      mosquitto_connect_bind_async(client_.get(), address.host.c_str(),
                                   address.port, kKeepaliveS, bind_address);
  if (code != MOSQ_ERR_SUCCESS) return Lost(code);
  DPS_CHECK(WaitUntil([this] { return connack_ >= 0; }, "a connection"));
  switch (connack_) {
    case 0:
      return {};
    case kConnackUnavailable:
      return Break(Errc::kUnavailable, "is not ready to be used");
    case kConnackBadPassword:
    case kConnackNotAuthorised:
      return Break(Errc::kForbidden,
                   "does not accept our username and password or certificate "
                   "(CONNACK " +
                       std::to_string(connack_) + ")");
    default:
      return Break(Errc::kInternal, "refuses the connection with CONNACK " +
                                        std::to_string(connack_));
  }
}

Status MosquittoSession::Subscribe(const std::vector<std::string>& topics) {
  const std::vector<char*> names = Names(topics);
  int id = 0;
  const int code = mosquitto_subscribe_multiple(client_.get(), &id,
                                                static_cast<int>(names.size()),
                                                names.data(), 0, 0, nullptr);
  if (code != MOSQ_ERR_SUCCESS) return Lost(code);
  DPS_CHECK(WaitUntil([&] { return acknowledged_ == id; }, "a subscription"));
  for (std::size_t i = 0; i < topics.size(); ++i) {
    if (i < granted_.size() && granted_[i] < kRefusedBit) continue;
    return Fail(Errc::kForbidden,
                name_ + " does not let us subscribe to " + topics[i]);
  }
  return {};
}

Status MosquittoSession::Unsubscribe(const std::vector<std::string>& topics) {
  const std::vector<char*> names = Names(topics);
  int id = 0;
  const int code = mosquitto_unsubscribe_multiple(
      client_.get(), &id, static_cast<int>(names.size()), names.data(),
      nullptr);
  if (code != MOSQ_ERR_SUCCESS) return Lost(code);
  return WaitUntil([&] { return acknowledged_ == id; },
                   "the end of a subscription");
}

Status MosquittoSession::Publish(const ArrivedMessage& message, bool retain) {
  int id = 0;
  const int code = mosquitto_publish(client_.get(), &id, message.topic.c_str(),
                                     static_cast<int>(message.payload.size()),
                                     message.payload.data(), kQos, retain);
  if (code != MOSQ_ERR_SUCCESS) return Lost(code);
  return WaitUntil([&] { return acknowledged_ == id; }, "an acknowledgement");
}

Result<ArrivedMessage> MosquittoSession::Next(std::string_view awaited) {
  DPS_CHECK(WaitUntil([this] { return !arrived_.empty(); }, awaited));
  ArrivedMessage message = std::move(arrived_.front());
  arrived_.pop_front();
  arrived_bytes_ -= message.payload.size();
  return message;
}

Status MosquittoSession::WaitUntil(const std::function<bool()>& done,
                                   std::string_view awaited) {
  while (!done()) DPS_CHECK(Turn(awaited));
  return {};
}

Status MosquittoSession::Turn(std::string_view awaited) {
  if (limit_.stop.stop_requested()) {
    return Break(Errc::kUnavailable, "was left, since we are shutting down");
  }
  const auto left = std::chrono::ceil<milliseconds>(
      limit_.deadline - std::chrono::steady_clock::now());
  if (left <= milliseconds::zero()) {
    timed_out_ = true;
    return Break(Errc::kUnavailable,
                 "did not answer in time; awaited was " + std::string(awaited));
  }
  mosquitto* client = client_.get();
  const int socket = mosquitto_socket(client);
  if (socket < 0) return Lost(MOSQ_ERR_NO_CONN);
  // Not mosquitto_loop(): its select() knows no descriptor over 1023, which a
  // busy broker has.
  const bool writes = mosquitto_want_write(client);
  pollfd ready{.fd = socket,
               .events = static_cast<short>(POLLIN | (writes ? POLLOUT : 0)),
               .revents = 0};
  const int count =
      poll(&ready, 1, static_cast<int>(std::min(left, kStopCheck).count()));
  int code = MOSQ_ERR_SUCCESS;
  if (count > 0) code = mosquitto_loop_read(client, 1);
  if (code == MOSQ_ERR_SUCCESS && mosquitto_want_write(client)) {
    code = mosquitto_loop_write(client, 1);
  }
  if (code == MOSQ_ERR_SUCCESS) code = mosquitto_loop_misc(client);
  // A refused CONNECT is judged by its code, not as a lost connection.
  if (code != MOSQ_ERR_SUCCESS && connack_ <= 0) return Lost(code);
  if (overflowing_.empty()) return {};
  return Break(Errc::kInternal,
               "sends more than we take on " + Printable(overflowing_));
}

Status MosquittoSession::Lost(int code) {
  const int error = errno;
  std::string reason = Reason(code, error);
  if (!complaint_.empty()) reason += " (" + complaint_ + ")";
  if (IsOfTls(code)) {
    reached_ = true;
    return Break(Errc::kForbidden, "and we do not agree on TLS: " + reason);
  }
  if (code == MOSQ_ERR_INVAL || code == MOSQ_ERR_PAYLOAD_SIZE ||
      code == MOSQ_ERR_MALFORMED_UTF8) {
    return Break(Errc::kInvalidArgument, "cannot be sent this: " + reason);
  }
  return Break(Errc::kUnavailable, "is out of reach: " + reason);
}

Status MosquittoSession::Break(Errc code, std::string message) {
  broken_ = true;
  return Fail(code, name_ + " " + std::move(message));
}

}  // namespace dps
