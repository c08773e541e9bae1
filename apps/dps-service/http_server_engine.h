// SPDX-License-Identifier: Apache-2.0
// What the callbacks of libmicrohttpd do: from a connection's first byte to its
// end. None of them lets an exception out.
#pragma once

#include <gnutls/gnutls.h>
#include <microhttpd.h>

#include <cstdarg>
#include <memory>
#include <mutex>
#include <string_view>

#include "apps/dps-service/body_budget.h"
#include "apps/dps-service/http_exchange.h"
#include "apps/dps-service/http_server.h"
#include "apps/dps-service/http_server_tls.h"
#include "apps/dps-service/live_connections.h"
#include "apps/dps-service/sparse_log.h"
#include "core/base/log.h"

namespace dps {

// Called by all threads of the server.
class HttpServer::Engine {
 public:
  Engine(const HttpServerOptions& options, HttpHandler handler, Log& log);
  // As ~HttpServer().
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] Status LoadCertificate();
  // Once, with a certificate loaded.
  [[nodiscard]] Status Listen();
  std::uint16_t port() const { return port_; }
  Log& log() { return log_; }

  // The callbacks; `self` is the engine.
  static void OnLog(void* self, const char* format, va_list values) noexcept;
  static MHD_Result OnAccept(void* self, const sockaddr*, socklen_t) noexcept;
  static void OnConnection(void* self, MHD_Connection* connection,
                           void** context,
                           MHD_ConnectionNotificationCode event) noexcept;
  static void* OnRequestLine(void* self, const char* target,
                             MHD_Connection* connection) noexcept;
  static MHD_Result OnRequest(void* self, MHD_Connection* connection,
                              const char*, const char* method, const char*,
                              const char* piece, std::size_t* piece_size,
                              void** context) noexcept;
  static void OnCompleted(void* self, MHD_Connection* connection,
                          void** context, MHD_RequestTerminationCode) noexcept;
  // Keeps paths as they were sent.
  static std::size_t OnUnescape(void*, MHD_Connection*, char* text) noexcept;

 private:
  struct Peer;

  MHD_Daemon* StartDaemon(int socket);
  static Peer* PeerOf(MHD_Connection* connection);
  void Open(MHD_Connection* connection, void** context);
  MHD_Result Proceed(MHD_Connection* connection, const char* method,
                     HttpExchange& exchange, std::string_view piece);
  void ReadHead(MHD_Connection* connection, const char* method,
                HttpExchange& exchange) const;
  MHD_Result Answer(MHD_Connection* connection, HttpExchange& exchange);
  HttpReply Refusal(const Error& error, const HttpCall& call);
  HttpReply Handle(const HttpCall& call);
  HttpReply Failure(std::string_view what, const HttpCall& call);

  const HttpServerOptions options_;
  const HttpHandler handler_;
  Log& log_;
  SparseLog sparse_log_;
  BodyBudget budget_;
  std::mutex mutex_;
  // Shared with the connections that began with them. Under mutex_.
  std::shared_ptr<const TlsCredentials> credentials_;
  LiveConnections connections_;
  std::uint16_t port_ = 0;
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace dps
