// SPDX-License-Identifier: Apache-2.0
// A TLS server and a TLS client of OpenSSL that meet over loopback TCP within
// one thread, to see what each makes of the other's handshake.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/crypto_handle.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/ssl_handle.h"

namespace dps {

// A server with a context and a port of its own, as a broker's listener.
class TlsServer {
 public:
  // 0 = any free port.
  explicit TlsServer(std::uint16_t port = 0);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  // As `require_certificate true` with this CA as `cafile`.
  void DemandCertificatesOf(const Certificate& ca);

  std::uint16_t port() const { return port_; }
  SSL_CTX* context() const { return context_.get(); }
  int socket() const { return socket_; }

 private:
  SslContextHandle context_;
  int socket_;
  std::uint16_t port_ = 0;
};

struct TlsClient {
  int version = TLS1_3_VERSION;
  const Forged* certificate = nullptr;  // none when null
  std::vector<Certificate> others{};    // sent behind it
  SSL_SESSION* session = nullptr;       // to resume; none when null
  const char* groups = nullptr;         // of the key exchange; the default's
};

// What became of a connection, over when this is made.
struct TlsOutcome {
  bool accepted = false;     // by both; a byte went from server to client
  int alert = -1;            // the server's fatal one, if any
  bool asked = false;        // for a certificate
  int ca_names = 0;          // sent with that question
  bool resumed = false;      // the session
  X509Handle presented;      // as the server has it
  SslSessionHandle session;  // that the client may resume; null if none
  bool renegotiated = false;
};

// With `renegotiate`, the client tries to once the connection stands.
TlsOutcome Meet(const TlsServer& server, const TlsClient& client,
                bool renegotiate = false);

}  // namespace dps
