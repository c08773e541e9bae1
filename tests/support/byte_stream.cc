// SPDX-License-Identifier: Apache-2.0
#include "tests/support/byte_stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "tests/support/ssl_handle.h"
#include "tests/support/web_socket.h"

namespace dps {
namespace {

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

  Status WaitFor(short events, SteadyTime deadline) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd ready{.fd = fd_, .events = events, .revents = 0};
    const auto patience = std::max<std::int64_t>(left.count(), 0);
    if (poll(&ready, 1, static_cast<int>(patience)) > 0) return {};
    return Fail(Errc::kUnavailable, "the deadline has passed");
  }

 private:
  int fd_;
};

class TcpStream final : public ByteStream {
 public:
  explicit TcpStream(Socket socket) : socket_(std::move(socket)) {}

  Status Write(std::string_view bytes, SteadyTime deadline) override {
    while (!bytes.empty()) {
      DPS_CHECK(socket_.WaitFor(POLLOUT, deadline));
      const ssize_t sent =
          send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return Fail(Errc::kUnavailable, std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
  }

  Result<std::string> Read(SteadyTime deadline) override {
    DPS_CHECK(socket_.WaitFor(POLLIN, deadline));
    std::array<char, 16384> buffer{};
    const ssize_t got = recv(socket_.fd(), buffer.data(), buffer.size(), 0);
    return std::string(buffer.data(),
                       static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }

  bool HasBuffered() const override { return false; }

 private:
  Socket socket_;
};

class TlsStream final : public ByteStream {
 public:
  TlsStream(Socket socket, SslHandle ssl)
      : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

  Status Handshake(SteadyTime deadline) {
    for (;;) {
      ERR_clear_error();
      const int done = SSL_connect(ssl_.get());
      if (done == 1) return {};
      if (const Status ready = WaitAfter(done, deadline); !ready) {
        return Fail(Errc::kUnauthenticated,
                    "TLS handshake: " + ready.error().message);
      }
    }
  }

  Status Write(std::string_view bytes, SteadyTime deadline) override {
    std::size_t written = 0;
    while (!bytes.empty()) {
      ERR_clear_error();
      const int done =
          SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
      if (done == 1) {
        bytes.remove_prefix(written);
        continue;
      }
      DPS_CHECK(WaitAfter(done, deadline));
    }
    return {};
  }

  Result<std::string> Read(SteadyTime deadline) override {
    std::array<char, 16384> buffer{};
    std::size_t got = 0;
    for (;;) {
      ERR_clear_error();
      const int done =
          SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &got);
      if (done == 1) return std::string(buffer.data(), got);
      const int error = SSL_get_error(ssl_.get(), done);
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        return std::string();
      }
      DPS_CHECK(WaitAfter(done, deadline));
    }
  }

  bool HasBuffered() const override { return SSL_pending(ssl_.get()) > 0; }

 private:
  // Waits for what the TLS call that returned `done` lacked.
  Status WaitAfter(int done, SteadyTime deadline) {
    const int error = SSL_get_error(ssl_.get(), done);
    if (error == SSL_ERROR_WANT_READ) return socket_.WaitFor(POLLIN, deadline);
    if (error == SSL_ERROR_WANT_WRITE) {
      return socket_.WaitFor(POLLOUT, deadline);
    }
    const unsigned long code = ERR_get_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return Fail(Errc::kUnavailable, reason == nullptr ? "closed" : reason);
  }

  Socket socket_;
  SslHandle ssl_;
};

Result<Socket> ConnectSocket(const Endpoint& endpoint, SteadyTime deadline) {
  Socket socket(
      ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  if (inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr) != 1) {
    return Fail(Errc::kInvalidArgument, "not an IPv4 address");
  }
  if (connect(socket.fd(), reinterpret_cast<sockaddr*>(&address),
              sizeof address) != 0 &&
      errno != EINPROGRESS) {
    return Fail(Errc::kUnavailable, std::strerror(errno));
  }
  DPS_CHECK(socket.WaitFor(POLLOUT, deadline));
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return Fail(Errc::kUnavailable, std::strerror(error));
  return socket;
}

Result<std::unique_ptr<ByteStream>> OpenTls(Socket socket,
                                            const Endpoint& endpoint,
                                            SteadyTime deadline) {
  // OpenSSL writes without MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  const SslContextHandle context(SSL_CTX_new(TLS_client_method()));
  if (SSL_CTX_load_verify_file(context.get(), endpoint.ca_file.c_str()) != 1) {
    return Fail(Errc::kInvalidArgument, "no CA in " + endpoint.ca_file);
  }
  // A test may have a certificate that the library finds too weak.
  SSL_CTX_set_security_level(context.get(), 0);
  if (!endpoint.certificate_file.empty() &&
      (SSL_CTX_use_certificate_chain_file(
           context.get(), endpoint.certificate_file.c_str()) != 1 ||
       SSL_CTX_use_PrivateKey_file(context.get(), endpoint.key_file.c_str(),
                                   SSL_FILETYPE_PEM) != 1)) {
    return Fail(Errc::kInvalidArgument,
                "no certificate in " + endpoint.certificate_file);
  }
  SSL_CTX_set_min_proto_version(context.get(), endpoint.tls_version);
  SSL_CTX_set_max_proto_version(context.get(), endpoint.tls_version);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SslHandle ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), socket.fd());
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()),
                                endpoint.host.c_str());
  auto stream = std::make_unique<TlsStream>(std::move(socket), std::move(ssl));
  DPS_CHECK(stream->Handshake(deadline));
  return std::unique_ptr<ByteStream>(std::move(stream));
}

}  // namespace

Result<std::unique_ptr<ByteStream>> OpenStream(const Endpoint& endpoint,
                                               SteadyTime deadline) {
  DPS_TRY(Socket socket, ConnectSocket(endpoint, deadline));
  std::unique_ptr<ByteStream> stream;
  if (endpoint.ca_file.empty()) {
    stream = std::make_unique<TcpStream>(std::move(socket));
  } else {
    DPS_TRY(stream, OpenTls(std::move(socket), endpoint, deadline));
  }
  if (!endpoint.web_socket) return stream;
  return OpenWebSocket(std::move(stream), endpoint, deadline);
}

}  // namespace dps
