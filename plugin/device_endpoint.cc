// SPDX-License-Identifier: Apache-2.0
#include "plugin/device_endpoint.h"

#include <algorithm>
#include <utility>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/protocol/connect.h"
#include "core/service_api/control_message.h"
#include "plugin/client_address.h"

namespace dps {
namespace {

constexpr std::string_view kResponseRoot = "$dps/registrations/res";

bool IsBelowResponses(std::string_view topic) {
  return topic.starts_with(kResponseRoot) &&
         (topic.size() == kResponseRoot.size() ||
          topic[kResponseRoot.size()] == '/');
}

// The response filter, or one topic that it covers, for clients that cannot
// name a wildcard (mosquitto_rr).
bool IsResponseFilter(std::string_view filter) {
  return filter == kResponseFilter ||
         (IsBelowResponses(filter) &&
          filter.find_first_of("+#") == std::string_view::npos);
}

// What a client is called in the log.
std::string DeviceText(const Client& client) {
  return "client=" + Printable(client.id) +
         " address=" + Printable(client.address);
}

}  // namespace

DeviceEndpoint::DeviceEndpoint(RegistrationService& service, Broker& broker,
                               const Clock& clock, Log& log, Config config,
                               Loopback* loopback)
    : service_(service),
      clock_(clock),
      log_(log),
      config_(std::move(config)),
      loopback_(loopback),
      replies_(service, broker, sessions_, clock),
      dismissals_(broker, sessions_, clock) {}

Verdict DeviceEndpoint::OnConnect(const Client& client,
                                  std::optional<std::string_view> password) {
  if (SpeaksDps(client.username)) return ConnectDevice(client, password);
  if (client.username == kLoopbackUsername) {
    return ConnectLoopback(client, password);
  }
  if (client.username == kNamelessUsername) {
    return Refuse(client, {Errc::kUnauthenticated, "a reserved username"});
  }
  if (client.voucher == Voucher::kDps) {
    return Refuse(client,
                  {Errc::kUnauthenticated,
                   "the certificate is a device's, but not the username"});
  }
  if (OwnedByOther(client, "")) {
    return Refuse(
        client, {Errc::kUnauthenticated, "the client id belongs to a device"});
  }
  return Verdict::kDefer;
}

Verdict DeviceEndpoint::ConnectLoopback(
    const Client& client, std::optional<std::string_view> password) {
  if (loopback_ == nullptr || !password || !loopback_->Recognises(*password)) {
    return Refuse(client, {Errc::kUnauthenticated, "a reserved username"});
  }
  if (!client.clean_start) return Verdict::kDeny;
  if (client.id == loopback_->wake_client_id()) {
    wake_handle_ = client.handle;
    return Verdict::kAllow;
  }
  // The device may be back already: then its session is its own again.
  const std::string client_id(client.id);
  if (sessions_.FindByClientId(client_id) != nullptr ||
      !leftovers_.Erase(client_id)) {
    return Verdict::kDeny;
  }
  return Verdict::kAllow;
}

Verdict DeviceEndpoint::ConnectDevice(
    const Client& client, std::optional<std::string_view> password) {
  const auto connect = ParseUsername(client.username, config_.api_versions);
  if (!connect) return Refuse(client, connect.error());
  if (auto same = CheckClientId(client.id, connect->registration_id); !same) {
    return Refuse(client, same.error(), &*connect);
  }
  if (client.voucher != Voucher::kNobody && client.chain == nullptr) {
    return Refuse(client,
                  {Errc::kUnauthenticated,
                   "the certificate was not judged in the handshake"},
                  &*connect);
  }
  if (IsConnectedAs(client, *connect, password)) return Verdict::kAllow;
  // Who presents a certificate is judged by it, whatever the password.
  auto identity = service_.Authenticate(
      *connect, {.password = password,
                 .chain = client.chain,
                 .address = AddressOf(client, config_.web_socket_address)});
  if (!identity) return Refuse(client, identity.error(), &*connect);
  const std::string device_key = DeviceKey(identity->proof);
  if (OwnedByOther(client, device_key)) {
    return Refuse(client,
                  {Errc::kUnauthenticated,
                   "the client id belongs to a device of another ID scope"},
                  &*connect);
  }
  std::string resumed = ResumedFilter(client);
  leftovers_.Erase(std::string(client.id));
  if (!client.clean_start &&
      leftovers_.CountOf(device_key, clock_.SteadyNow()) >=
          limits::kLeftoversOfDeviceMax) {
    return Refuse(
        client, {Errc::kThrottled, "the device left too many sessions behind"},
        &*connect);
  }
  Session& session = sessions_.Add({.identity = *std::move(identity),
                                    .client_id = std::string(client.id),
                                    .handle = client.handle,
                                    .mqtt5 = client.mqtt5,
                                    .clean_start = client.clean_start,
                                    .reply_filter = std::move(resumed)});
  if (!session.reply_filter.empty()) session.reply_qos = 0;
  return Verdict::kAllow;
}

bool DeviceEndpoint::IsConnectedAs(const Client& client,
                                   const ConnectRequest& connect,
                                   std::optional<std::string_view> password) {
  const Session* session = sessions_.Find(client.handle);
  if (session == nullptr) return false;
  const Proof& proof = session->identity.proof;
  if (connect.id_scope != proof.id_scope ||
      connect.registration_id != proof.registration_id) {
    return false;
  }
  if (client.chain != nullptr) {
    const auto* chain = std::get_if<PresentedChain>(&proof.evidence);
    return chain != nullptr && client.chain->leaf == chain->leaf;
  }
  if (!password) return false;
  const auto token = ParseSasToken(*password);
  const auto* proven = std::get_if<SasToken>(&proof.evidence);
  return token && proven != nullptr && *token == *proven;
}

std::string DeviceEndpoint::ResumedFilter(const Client& client) {
  if (client.clean_start) return "";
  const std::string client_id(client.id);
  const Session* live = sessions_.FindByClientId(client_id);
  if (live != nullptr) return live->clean_start ? "" : live->reply_filter;
  const Leftover* leftover = leftovers_.Find(client_id, clock_.SteadyNow());
  return leftover == nullptr ? "" : leftover->reply_filter;
}

bool DeviceEndpoint::OwnedByOther(const Client& client,
                                  const std::string& device_key) {
  const std::string client_id(client.id);
  const Session* live = sessions_.FindByClientId(client_id);
  if (live != nullptr && DeviceKey(live->identity.proof) != device_key) {
    return true;
  }
  // Whoever starts clean ends the session that was left behind.
  if (client.clean_start) return false;
  const Leftover* leftover = leftovers_.Find(client_id, clock_.SteadyNow());
  return leftover != nullptr && leftover->device_key != device_key;
}

Verdict DeviceEndpoint::Refuse(const Client& client, const Error& error,
                               const ConnectRequest* connect) {
  const std::string tracking_id = NewGuid();
  log_.Write(LogLevel::kWarning, "connection refused: " + DeviceText(client) +
                                     " username=" + Printable(client.username) +
                                     " reason=" + error.message +
                                     " tracking=" + tracking_id);
  if (connect != nullptr) {
    service_.NoteRefusal(*connect,
                         AddressOf(client, config_.web_socket_address), error,
                         tracking_id);
  }
  return error.code == Errc::kUnavailable || error.code == Errc::kInternal
             ? Verdict::kTryLater
             : Verdict::kDeny;
}

Verdict DeviceEndpoint::OnAccess(const Client& client, Access access,
                                 std::string_view topic, int qos) {
  if (Session* session = sessions_.Find(client.handle)) {
    return OnDeviceAccess(*session, access, topic, qos);
  }
  if (client.username == kLoopbackUsername) {
    return client.handle == wake_handle_ && topic == kWakeTopic
               ? Verdict::kAllow
               : Verdict::kDeny;
  }
  // A device's will, checked after its connection ended, comes here too.
  if (SpeaksDps(client.username)) return Verdict::kDeny;
  // Named after a certificate (use_identity_as_username), without a CONNECT
  // that we were asked about; and its will.
  if (client.voucher == Voucher::kDps || client.username == kNamelessUsername) {
    return Verdict::kDeny;
  }
  if (IsDpsTopic(topic)) return Verdict::kDeny;
  // Nobody speaks in our name: a will is not swallowed as a PUBLISH is.
  if (access == Access::kWrite && topic.starts_with(kControlAnswerTopic)) {
    return Verdict::kDeny;
  }
  // Other plugins guard their control topics only if we stay out of it.
  if (topic.starts_with("$CONTROL")) return Verdict::kDefer;
  return config_.other_clients == OtherClients::kAllow ? Verdict::kAllow
                                                       : Verdict::kDefer;
}

Verdict DeviceEndpoint::OnDeviceAccess(Session& session, Access access,
                                       std::string_view topic, int qos) {
  switch (access) {
    case Access::kSubscribe:
      if (!IsResponseFilter(topic)) return Verdict::kDeny;
      // At QoS 1 the broker would keep an unacknowledged reply for the next
      // connection of a session it does not clean.
      session.reply_qos = session.clean_start ? std::min(qos, 1) : 0;
      session.reply_filter = topic;
      return Verdict::kAllow;
    case Access::kUnsubscribe:
      if (topic == session.reply_filter) {
        session.reply_qos.reset();
        session.reply_filter.clear();
      }
      return Verdict::kAllow;
    case Access::kWrite:
      return IsDpsTopic(topic) && !IsBelowResponses(topic) ? Verdict::kAllow
                                                           : Verdict::kDeny;
    case Access::kRead:
      return Verdict::kDeny;  // replies are delivered without asking
  }
  return Verdict::kDeny;
}

bool DeviceEndpoint::OnMessage(const Client& client, std::string_view topic,
                               std::string_view payload) {
  if (!IsDpsTopic(topic)) return false;
  Session* session = sessions_.Find(client.handle);
  if (session == nullptr) {
    if (client.handle == wake_handle_) OnTick();
    return true;  // else a bridge, say: nobody we know
  }
  const auto request = ParseRequestTopic(topic);
  if (!request) {
    log_.Write(LogLevel::kWarning, "request dropped: " + DeviceText(client) +
                                       " topic=" + Printable(topic) +
                                       " reason=" + request.error().message);
    return true;
  }
  const Reply reply = Answer(*session, *request, payload);
  constexpr int kAccepted = 202;
  constexpr int kUnauthorized = 401;
  const bool may_wait = config_.reply_mode == ReplyMode::kPrompt &&
                        request->kind == RequestTopic::Kind::kRegister &&
                        reply.status == kAccepted;
  const bool held =
      may_wait && replies_.Hold(*session, request->request_id, reply,
                                clock_.SteadyNow() + config_.prompt_wait);
  if (!held) replies_.Send(*session, request->request_id, reply);
  if (reply.status == kUnauthorized) dismissals_.Add(client.handle);
  return true;
}

Reply DeviceEndpoint::Answer(Session& session, const RequestTopic& request,
                             std::string_view payload) {
  switch (request.kind) {
    case RequestTopic::Kind::kRegister:
      return service_.Register(session.identity, payload);
    case RequestTopic::Kind::kStatus:
      return service_.QueryStatus(session.identity, request.operation_id);
    case RequestTopic::Kind::kOther:
      break;
  }
  return service_.Refuse(session.identity,
                         {Errc::kRouteNotFound, "no such request topic"});
}

void DeviceEndpoint::OnDisconnect(const void* handle) {
  if (handle == wake_handle_) wake_handle_ = nullptr;
  replies_.Forget(handle);
  dismissals_.Forget(handle);
  const auto session = sessions_.Remove(handle);
  if (!session) return;
  // An MQTT 5 client may have the broker keep even a clean session (session
  // expiry), which no plugin can see.
  const bool may_be_kept =
      !session->clean_start || (session->mqtt5 && loopback_ != nullptr);
  if (!may_be_kept) return;
  // After a takeover the session lives on under the newcomer.
  if (sessions_.FindByClientId(session->client_id) != nullptr) return;
  const bool guarded = leftovers_.Add(
      session->client_id, {.device_key = DeviceKey(session->identity.proof),
                           .reply_filter = session->reply_filter,
                           .since = clock_.SteadyNow()});
  if (!guarded) {
    log_.Write(LogLevel::kWarning,
               "too many sessions left behind by devices; client=" +
                   Printable(session->client_id) + " is not guarded");
    return;
  }
  if (loopback_ != nullptr) loopback_->RemoveSession(session->client_id);
}

void DeviceEndpoint::OnTick() {
  replies_.OnTick();
  dismissals_.OnTick();
}

}  // namespace dps
