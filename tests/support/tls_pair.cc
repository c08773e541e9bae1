// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tls_pair.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <string>

#include "tests/support/patience.h"

namespace dps {
namespace {

void Require(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("tls_pair: ") + what);
}

struct Observed {
  int alert = -1;
  bool asked = false;
};

int ObservedIndex() {
  static const int index =
      SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

Observed& ObservedOf(const SSL* ssl) {
  return *static_cast<Observed*>(SSL_get_ex_data(ssl, ObservedIndex()));
}

int OnAsked(SSL* ssl, void*) {
  ObservedOf(ssl).asked = true;
  return 1;
}

void OnInfo(const SSL* ssl, int where, int value) {
  const bool fatal = (value >> 8) == SSL3_AL_FATAL;
  if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && fatal) {
    ObservedOf(ssl).alert = value & 0xff;
  }
}

class Connection {
 public:
  Connection(SSL_CTX* context, int socket) : ssl_(SSL_new(context)) {
    Require(ssl_ != nullptr && socket >= 0, "no connection");
    fcntl(socket, F_SETFL, O_NONBLOCK);
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL_set_fd(ssl_.get(), socket);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    const int socket = SSL_get_fd(ssl_.get());
    // Else OpenSSL holds that the session came to a bad end and is not to be
    // resumed.
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN);
    ssl_.reset();
    close(socket);
  }
  SSL* get() const { return ssl_.get(); }

  // Makes a step with what has come; true when `done` says so.
  bool Step(int result) {
    if (result > 0) return true;
    const int error = SSL_get_error(ssl_.get(), result);
    failed_ = error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
    return false;
  }
  bool failed() const { return failed_; }

 private:
  SslHandle ssl_;
  bool failed_ = false;
};

// Waits for bytes to either that is not done; false when patience ends.
bool WaitForBytes(const Connection* server, const Connection* client) {
  std::array<pollfd, 2> sockets{};
  for (std::size_t i = 0; const Connection* each : {server, client}) {
    sockets[i++] = {.fd = each == nullptr ? -1 : SSL_get_fd(each->get()),
                    .events = POLLIN,
                    .revents = 0};
  }
  constexpr std::chrono::milliseconds kWait = kPatience;
  return poll(sockets.data(), sockets.size(), static_cast<int>(kWait.count())) >
         0;
}

// Turns the two until both are done, or the client has failed, which hears of
// the server's failure in time.
bool Pump(Connection& server, auto server_step, Connection& client,
          auto client_step) {
  bool server_done = false;
  bool client_done = false;
  for (;;) {
    ERR_clear_error();
    client_done = client_done || client.Step(client_step(client.get()));
    ERR_clear_error();
    const bool server_over = server_done || server.failed();
    if (!server_over) server_done = server.Step(server_step(server.get()));
    if (client.failed()) break;
    const bool server_waits = !server_done && !server.failed();
    if (client_done && !server_waits) break;
    Require(WaitForBytes(server_waits ? &server : nullptr,
                         client_done ? nullptr : &client),
            "both wait for each other");
  }
  ERR_clear_error();
  return server_done && client_done;
}

int WriteByte(SSL* ssl) { return SSL_write(ssl, "x", 1); }

int ReadByte(SSL* ssl) {
  char byte = 0;
  return SSL_read(ssl, &byte, 1);
}

SslContextHandle ClientContext(const TlsClient& client) {
  SslContextHandle context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, client.version);
  SSL_CTX_set_max_proto_version(raw, client.version);
  SSL_CTX_set_security_level(raw, 0);
  SSL_CTX_set_info_callback(raw, OnInfo);
  SSL_CTX_set_cert_cb(raw, OnAsked, nullptr);
  if (client.groups != nullptr) SSL_CTX_set1_groups_list(raw, client.groups);
  if (client.certificate == nullptr) return context;
  Require(SSL_CTX_use_certificate(raw, client.certificate->certificate.get()) ==
                  1 &&
              SSL_CTX_use_PrivateKey(raw, client.certificate->key.get()) == 1,
          "the client's certificate");
  for (const Certificate& other : client.others) {
    SSL_CTX_add1_chain_cert(raw, other.get());
  }
  return context;
}

int ConnectTo(std::uint16_t port) {
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Require(connect(client, reinterpret_cast<sockaddr*>(&address),
                  sizeof address) == 0,
          "connect");
  return client;
}

bool Renegotiate(Connection& server, Connection& client) {
  return SSL_renegotiate(client.get()) == 1 &&
         Pump(server, ReadByte, client, SSL_do_handshake);
}

}  // namespace

TlsServer::TlsServer(std::uint16_t port)
    : context_(SSL_CTX_new(TLS_server_method())),
      socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  // OpenSSL writes without MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  const Forged identity = Forge({.common_names = {"localhost"}});
  SSL_CTX_use_certificate(context(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(context(), identity.key.get());
  SSL_CTX_set_security_level(context(), 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  Require(bind(socket_, generic, size) == 0 && listen(socket_, 8) == 0 &&
              getsockname(socket_, generic, &size) == 0,
          "listen");
  port_ = ntohs(address.sin_port);
}

TlsServer::~TlsServer() { close(socket_); }

void TlsServer::DemandCertificatesOf(const Certificate& ca) {
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context()), ca.get());
  SSL_CTX_set_verify(
      context(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
      [](int preverified, X509_STORE_CTX*) { return preverified; });
}

TlsOutcome Meet(const TlsServer& server, const TlsClient& client,
                bool renegotiate) {
  const SslContextHandle context = ClientContext(client);
  Connection here(context.get(), ConnectTo(server.port()));
  Connection there(server.context(), accept(server.socket(), nullptr, nullptr));
  Observed observed;
  SSL_set_ex_data(here.get(), ObservedIndex(), &observed);
  if (client.session != nullptr) SSL_set_session(here.get(), client.session);

  TlsOutcome outcome;
  outcome.accepted = Pump(there, SSL_accept, here, SSL_connect) &&
                     Pump(there, WriteByte, here, ReadByte);
  // A TLS 1.3 client is done before the server has seen its certificate.
  if (!outcome.accepted && observed.alert < 0) ReadByte(here.get());
  const STACK_OF(X509_NAME)* names = SSL_get0_peer_CA_list(here.get());
  outcome.ca_names = names == nullptr ? 0 : sk_X509_NAME_num(names);
  outcome.resumed = SSL_session_reused(there.get()) == 1;
  outcome.presented.reset(SSL_get1_peer_certificate(there.get()));
  SslSessionHandle session(SSL_get1_session(here.get()));
  if (session != nullptr && SSL_SESSION_is_resumable(session.get()) == 1) {
    outcome.session = std::move(session);
  }
  if (renegotiate) outcome.renegotiated = Renegotiate(there, here);
  outcome.alert = observed.alert;
  outcome.asked = observed.asked;
  return outcome;
}

}  // namespace dps
