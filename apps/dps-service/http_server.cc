// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/http_server.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include "apps/dps-service/http_server_engine.h"
#include "apps/dps-service/listening_socket.h"
#include "core/base/thread.h"

namespace dps {
namespace {

// A connection's memory in the library besides its head: room to read a body
// in and write a reply's headers.
constexpr std::size_t kConnectionBytes = std::size_t{16} * 1024;

}  // namespace

Status HttpServer::Engine::Listen() {
  DPS_TRY(ListeningSocket socket,
          ListeningSocket::Open(options_.address, options_.port));
  port_ = socket.port();
  // The library closes it, also if it cannot start.
  const int released = socket.Release();
  int error = 0;
  // The daemon's threads inherit that they are left alone by signals.
  StartThread([&] {
    daemon_ = StartDaemon(released);
    error = errno;
  }).join();
  if (daemon_ != nullptr) return {};
  return Fail(Errc::kUnavailable, "cannot start the HTTPS server: " +
                                      std::generic_category().message(error));
}

MHD_Daemon* HttpServer::Engine::StartDaemon(int socket) {
  return MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_USE_ERROR_LOG, port_,
      OnAccept, this, OnRequest, this,                        //
      MHD_OPTION_EXTERNAL_LOGGER, OnLog, this,                //
      MHD_OPTION_LISTEN_SOCKET, socket,                       //
      MHD_OPTION_THREAD_POOL_SIZE, options_.threads,          //
      MHD_OPTION_CONNECTION_LIMIT, options_.connections_max,  //
      MHD_OPTION_PER_IP_CONNECTION_LIMIT,
      options_.connections_per_address_max,  //
      MHD_OPTION_CONNECTION_TIMEOUT,
      static_cast<unsigned>(options_.idle_timeout.count()),  //
      MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      options_.head_bytes_max + kConnectionBytes,              //
      MHD_OPTION_STRICT_FOR_CLIENT, 1,                         //
      MHD_OPTION_HTTPS_PRIORITIES, kTlsPriorities,             //
      MHD_OPTION_HTTPS_CERT_CALLBACK, OnTlsSessionUnprepared,  //
      MHD_OPTION_UNESCAPE_CALLBACK, OnUnescape, this,          //
      MHD_OPTION_URI_LOG_CALLBACK, OnRequestLine, this,        //
      MHD_OPTION_NOTIFY_CONNECTION, OnConnection, this,        //
      MHD_OPTION_NOTIFY_COMPLETED, OnCompleted, this,          //
      MHD_OPTION_END);
}

HttpServer::Engine::~Engine() {
  if (daemon_ == nullptr) return;
  connections_.Stop(options_.stop_patience);
  MHD_stop_daemon(daemon_);
}

Result<std::unique_ptr<HttpServer>> HttpServer::Start(
    const HttpServerOptions& options, HttpHandler handler, Log& log) {
  auto engine = std::make_unique<Engine>(options, std::move(handler), log);
  DPS_CHECK(engine->LoadCertificate());
  DPS_CHECK(engine->Listen());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(engine)));
}

HttpServer::HttpServer(std::unique_ptr<Engine> engine)
    : engine_(std::move(engine)) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return engine_->port(); }

void HttpServer::ReloadCertificate() {
  const Status loaded = engine_->LoadCertificate();
  if (loaded) {
    engine_->log().Write(LogLevel::kNotice, "https: a certificate was loaded");
    return;
  }
  engine_->log().Write(
      LogLevel::kError,
      "https: the old certificate is kept: " + loaded.error().message);
}

}  // namespace dps
