// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/http_server_engine.h"

#include <netinet/in.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include "apps/dps-service/http_server_reply.h"
#include "core/base/ip_address.h"
#include "core/base/text.h"
#include "core/protocol/error.h"

namespace dps {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string PeerText(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    in_addr v4{};
    std::memcpy(&v4, &reinterpret_cast<const sockaddr_in&>(address).sin_addr,
                sizeof v4);
    std::array<std::uint8_t, IpAddress::kV4Bytes> bytes{};
    std::memcpy(bytes.data(), &v4, sizeof v4);
    return IpAddress::OfV4(bytes).text();
  }
  IpAddress::Bytes bytes{};
  std::memcpy(bytes.data(),
              &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr,
              bytes.size());
  return IpAddress(bytes).text();
}

struct HeaderReader {
  HeaderLines lines;
  bool complete = true;
};

MHD_Result OnHeader(void* reader, MHD_ValueKind, const char* name,
                    std::size_t name_size, const char* value,
                    std::size_t value_size) noexcept {
  auto& read = *static_cast<HeaderReader*>(reader);
  try {
    std::string_view text(value, value_size);
    text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
    read.lines.emplace_back(std::string(name, name_size), std::string(text));
    return MHD_YES;
  } catch (const std::exception&) {
    read.complete = false;
    return MHD_NO;
  }
}

// Of the request's first line and headers.
std::size_t HeadBytes(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info = MHD_get_connection_info(
      connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info == nullptr ? 0 : info->header_size;
}

gnutls_session_t SessionOf(MHD_Connection* connection) {
  return static_cast<gnutls_session_t>(
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)
          ->tls_session);
}

}  // namespace

struct HttpServer::Engine::Peer {
  int socket;
  std::string address;
  std::shared_ptr<const TlsCredentials> credentials;
};

HttpServer::Engine::Engine(const HttpServerOptions& options,
                           HttpHandler handler, Log& log)
    : options_(options),
      handler_(std::move(handler)),
      log_(log),
      sparse_log_(log),
      budget_(options.bodies_bytes_max),
      connections_({.idle = options.idle_timeout,
                    .request = options.request_deadline,
                    .reply = options.reply_deadline}) {}

Status HttpServer::Engine::LoadCertificate() {
  DPS_TRY(TlsCredentials loaded,
          LoadTlsCredentials(options_.certificate_file, options_.key_file));
  auto shared = std::make_shared<const TlsCredentials>(std::move(loaded));
  const std::lock_guard lock(mutex_);
  credentials_ = std::move(shared);
  return {};
}

void HttpServer::Engine::OnLog(void* self, const char* format,
                               va_list values) noexcept {
  std::array<char, 256> line{};
  if (std::vsnprintf(line.data(), line.size(), format, values) < 0) return;
  std::string_view text(line.data());
  text = text.substr(0, text.find_last_not_of('\n') + 1);
  try {
    static_cast<Engine*>(self)->sparse_log_.Write(LogLevel::kInfo,
                                                  "https: " + Printable(text));
  } catch (const std::exception&) {
    return;  // a line less
  }
}

MHD_Result HttpServer::Engine::OnAccept(void* self, const sockaddr*,
                                        socklen_t) noexcept {
  return static_cast<Engine*>(self)->connections_.stopping() ? MHD_NO : MHD_YES;
}

void HttpServer::Engine::OnConnection(
    void* self, MHD_Connection* connection, void** context,
    MHD_ConnectionNotificationCode event) noexcept {
  auto& engine = *static_cast<Engine*>(self);
  if (event == MHD_CONNECTION_NOTIFY_CLOSED) {
    const std::unique_ptr<Peer> peer(static_cast<Peer*>(*context));
    if (peer != nullptr) engine.connections_.Closed(peer->socket);
    return;
  }
  try {
    engine.Open(connection, context);
  } catch (const std::exception&) {
    // Without credentials its handshake fails.
    *context = nullptr;
  }
}

void HttpServer::Engine::Open(MHD_Connection* connection, void** context) {
  const int socket =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
          ->connect_fd;
  const sockaddr* address =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
          ->client_addr;
  auto peer = std::make_unique<Peer>(
      Peer{.socket = socket, .address = PeerText(*address), .credentials = {}});
  {
    const std::lock_guard lock(mutex_);
    peer->credentials = credentials_;
  }
  connections_.Opened(socket);
  PrepareTlsSession(SessionOf(connection), *peer->credentials);
  *context = peer.release();
}

HttpServer::Engine::Peer* HttpServer::Engine::PeerOf(
    MHD_Connection* connection) {
  return static_cast<Peer*>(
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
          ->socket_context);
}

void* HttpServer::Engine::OnRequestLine(void* self, const char* target,
                                        MHD_Connection* connection) noexcept {
  auto& engine = *static_cast<Engine*>(self);
  const Peer* peer = PeerOf(connection);
  if (peer == nullptr) return nullptr;
  try {
    auto exchange = std::make_unique<HttpExchange>(
        BodyLimits{.bytes_max = engine.options_.body_bytes_max,
                   .budget = engine.budget_},
        target == nullptr ? "" : target);
    engine.connections_.RequestBegins(peer->socket);
    return exchange.release();
  } catch (const std::exception&) {
    return nullptr;  // OnRequest() ends the connection
  }
}

MHD_Result HttpServer::Engine::OnRequest(void* self, MHD_Connection* connection,
                                         const char*, const char* method,
                                         const char*, const char* piece,
                                         std::size_t* piece_size,
                                         void** context) noexcept {
  auto* exchange = static_cast<HttpExchange*>(*context);
  if (exchange == nullptr) return MHD_NO;
  const std::string_view bytes(piece, *piece_size);
  *piece_size = 0;
  try {
    return static_cast<Engine*>(self)->Proceed(connection, method, *exchange,
                                               bytes);
  } catch (const std::exception&) {
    return MHD_NO;  // no memory: the connection ends
  }
}

MHD_Result HttpServer::Engine::Proceed(MHD_Connection* connection,
                                       const char* method,
                                       HttpExchange& exchange,
                                       std::string_view piece) {
  if (!exchange.has_head()) {
    ReadHead(connection, method, exchange);
    return exchange.EndsAtHead() ? Answer(connection, exchange) : MHD_YES;
  }
  if (!piece.empty()) return exchange.TakeBody(piece) ? MHD_YES : MHD_NO;
  return Answer(connection, exchange);
}

void HttpServer::Engine::ReadHead(MHD_Connection* connection,
                                  const char* method,
                                  HttpExchange& exchange) const {
  if (HeadBytes(connection) > options_.head_bytes_max) {
    exchange.Refuse({Errc::kTooLarge,
                     "the headers are larger than " +
                         std::to_string(options_.head_bytes_max) + " bytes"});
  }
  HeaderReader reader;
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, OnHeader, &reader);
  if (!reader.complete) exchange.Refuse({Errc::kUnavailable, "no memory"});
  exchange.TakeHead(method, reader.lines);
  exchange.call().peer_address = PeerOf(connection)->address;
  exchange.call().client_certificates =
      ClientCertificates(SessionOf(connection));
  if (!options_.body_max || exchange.refusal()) return;
  exchange.LowerBodyMax(options_.body_max(exchange.call()));
}

MHD_Result HttpServer::Engine::Answer(MHD_Connection* connection,
                                      HttpExchange& exchange) {
  const int socket = PeerOf(connection)->socket;
  connections_.RequestArrived(socket);
  const bool refused = exchange.refusal().has_value();
  const HttpReply reply = refused
                              ? Refusal(*exchange.refusal(), exchange.call())
                              : Handle(exchange.call());
  exchange.DropBody();
  connections_.ReplyBegins(socket);
  const bool last = refused || connections_.stopping();
  const Status queued = QueueReply(connection, reply, last);
  if (queued) return MHD_YES;
  const HttpReply failure = Failure(queued.error().message, exchange.call());
  return QueueReply(connection, failure, true) ? MHD_YES : MHD_NO;
}

HttpReply HttpServer::Engine::Refusal(const Error& error,
                                      const HttpCall& call) {
  HttpErrorReply made = MakeHttpError(error);
  sparse_log_.Write(LogLevel::kInfo,
                    "https: " + call.peer_address + ": refused with " +
                        std::to_string(made.reply.status) + ": " +
                        error.message + "; tracking id " + made.tracking_id);
  return std::move(made.reply);
}

HttpReply HttpServer::Engine::Handle(const HttpCall& call) {
  try {
    return handler_(call);
  } catch (const std::exception& e) {
    return Failure(e.what(), call);
  } catch (...) {
    return Failure("an exception of unknown kind", call);
  }
}

HttpReply HttpServer::Engine::Failure(std::string_view what,
                                      const HttpCall& call) {
  HttpErrorReply made =
      MakeHttpError({Errc::kInternal, "the request was not handled"});
  log_.Write(LogLevel::kError,
             "https: " + Printable(call.method) + " " + Printable(call.path) +
                 ": " + Printable(what) + "; tracking id " + made.tracking_id);
  return std::move(made.reply);
}

void HttpServer::Engine::OnCompleted(void* self, MHD_Connection* connection,
                                     void** context,
                                     MHD_RequestTerminationCode) noexcept {
  const std::unique_ptr<HttpExchange> exchange(
      static_cast<HttpExchange*>(*context));
  *context = nullptr;
  const Peer* peer = PeerOf(connection);
  if (peer == nullptr) return;
  static_cast<Engine*>(self)->connections_.ReplyEnded(peer->socket);
}

std::size_t HttpServer::Engine::OnUnescape(void*, MHD_Connection*,
                                           char* text) noexcept {
  return std::strlen(text);
}

}  // namespace dps
