// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace dps::bench {

namespace {

int KeepSession(SSL* ssl, SSL_SESSION* session) {
  auto* identity = static_cast<TlsIdentity*>(SSL_get_app_data(ssl));
  if (identity == nullptr) return 0;
  identity->session.reset(session);
  return 1;
}

void Introduce(SSL* ssl, TlsIdentity& identity) {
  SSL_use_certificate(ssl, identity.device.certificate.get());
  SSL_use_PrivateKey(ssl, identity.device.key.get());
  SSL_add1_chain_cert(ssl, identity.issuer.get());
  SSL_set_app_data(ssl, &identity);
  if (identity.session) SSL_set_session(ssl, identity.session.get());
}

}  // namespace

void KeepSessions(SSL_CTX* tls) {
  SSL_CTX_set_session_cache_mode(
      tls, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(tls, KeepSession);
}

Connection::Connection(std::uint16_t port, SSL_CTX* tls, TlsIdentity* identity)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  closed_ = connect(fd_, reinterpret_cast<sockaddr*>(&address),
                    sizeof address) != 0 &&
            errno != EINPROGRESS;
  if (tls == nullptr) return;
  ssl_.reset(SSL_new(tls));
  SSL_set_fd(ssl_.get(), fd_);
  if (identity != nullptr) Introduce(ssl_.get(), *identity);
  SSL_set_connect_state(ssl_.get());
}

Connection::~Connection() { close(fd_); }

void Connection::Send(std::string_view bytes) {
  unsent_ += bytes;
  if (ready_) Write();
}

void Connection::Advance() {
  if (closed_) return;
  if (!ready_) ready_ = Handshake();
  if (!ready_) return;
  Write();
  Read();
}

bool Connection::Handshake() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  closed_ = error != 0;
  if (closed_) return false;
  if (ssl_ == nullptr) {
    // Connected once the peer has a name.
    sockaddr_storage peer{};
    socklen_t peer_size = sizeof peer;
    return getpeername(fd_, reinterpret_cast<sockaddr*>(&peer), &peer_size) ==
           0;
  }
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) return true;
  CheckTls(done);
  return false;
}

void Connection::Write() {
  while (!unsent_.empty() && !closed_) {
    std::size_t sent = 0;
    if (ssl_ != nullptr) {
      ERR_clear_error();
      const int done =
          SSL_write_ex(ssl_.get(), unsent_.data(), unsent_.size(), &sent);
      if (done != 1) return CheckTls(done);
    } else {
      const ssize_t done =
          send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (done < 0) {
        closed_ = errno != EAGAIN;
        return;
      }
      sent = static_cast<std::size_t>(done);
    }
    unsent_.erase(0, sent);
  }
}

void Connection::Read() {
  std::array<char, 4096> buffer{};
  while (!closed_) {
    std::size_t got = 0;
    if (ssl_ != nullptr) {
      ERR_clear_error();
      const int done =
          SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &got);
      if (done != 1) return CheckTls(done);
    } else {
      const ssize_t done = recv(fd_, buffer.data(), buffer.size(), 0);
      closed_ = done == 0 || (done < 0 && errno != EAGAIN);
      if (done <= 0) return;
      got = static_cast<std::size_t>(done);
    }
    received_.append(buffer.data(), got);
  }
}

void Connection::CheckTls(int done) {
  const int error = SSL_get_error(ssl_.get(), done);
  closed_ = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
}

}  // namespace dps::bench
