// SPDX-License-Identifier: Apache-2.0
// X.509 devices beside SAS devices on one port: asks every TLS client for a
// certificate that it may refuse to give, and lets DPS judge what it gives.
//
// Mosquitto by itself either demands a certificate or never asks for one, knows
// the CAs it read at its start, and shows a plugin the leaf without its chain.
// But broker and plugin share one OpenSSL, so the plugin can stand in each
// handshake without touching the broker:
//
//   SSL_CTX_new        an ex_data constructor, registered before a listener
//                      exists, sees each context made and sets the ClientHello
//                      callback, which Mosquitto leaves alone
//   ClientHello        on the ports of the hook: ask for a certificate, bound
//                      its size, verify it with our callback. A listener that
//                      demands a certificate goes on demanding one; a reload,
//                      which sets the listener's own mode again, changes
//                      nothing
//   Certificate        what the listener's own trust store accepts passes, if
//                      the listener demanded it; such a listener takes what
//                      enrollments accept only if its port is listed. Else an
//                      enrollment must accept it, or the handshake ends with an
//                      alert. The chain and who vouches for it stay with the
//                      leaf, in its ex_data
//   CONNECT            the broker shows the plugin that same leaf: PeerOf()
//   ticket             see TlsOptions::resumption
//   alert              what ends a handshake that the gate did not refuse is
//                      told to the gate, for the log
//
// Other ports see no difference, nor do TLS clients and TLS servers of other
// threads; a server of another plugin on the broker's thread is a listener like
// the broker's own.
// The callbacks outlive the plugin, so the library is never unmapped; without a
// TlsHook they let certificates through to nobody.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

#include "core/attestation/x509_chain.h"
#include "core/base/certificate_cache.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "plugin/voucher.h"

namespace dps {

struct TlsOptions {
  bool hooked = true;                // false: leave every handshake alone
  std::vector<std::uint16_t> ports;  // empty = every TLS listener
  // A session that is resumed skips the certificate, so no verdict may be
  // older than the resumption: the ticket carries the chain, which the gate
  // judges anew, and a client it refuses now starts over with a full handshake.
  // The server keeps no sessions. False: no session can be resumed.
  bool resumption = true;
  // Certificates a client may present; with more, none is even parsed for the
  // gate, unless the listener vouches for them.
  std::size_t chain_max = limits::kPresentedChainMax;
};

// Judges certificates for the hook, on the broker's thread.
class CertificateGate {
 public:
  virtual ~CertificateGate() = default;
  // Whether a client may go on with this certificate. Errors: kUnavailable and
  // kInternal end the handshake with `internal_error`; else an expired
  // certificate ends it with `certificate_expired`, kUnauthenticated with
  // `unknown_ca`, the rest with `bad_certificate`. Where the listener demands
  // certificates, the alert is that of its own check.
  [[nodiscard]] virtual Status Admit(const PresentedChain& chain) = 0;
  // A client of that address was told so.
  virtual void OnRefused(std::string_view address, const Error& error) = 0;
  // A handshake on a port of the hook ended without the gate's doing: the
  // client proved no possession of its key, say, or does not trust the server.
  virtual void OnFailed(std::string_view address, std::string_view reason) = 0;
};

// What a connected client presented in its handshake.
struct Peer {
  Voucher voucher = Voucher::kNobody;
  // Absent without a certificate, and where it cannot be trusted that it was
  // judged. Without the others where the handshake was not the hook's.
  std::optional<PresentedChain> chain;
};

// At most one at a time; broker thread only.
class TlsHook {
 public:
  // To be made before the broker makes its listeners' contexts.
  TlsHook(CertificateGate& gate, TlsOptions options);
  ~TlsHook();
  TlsHook(const TlsHook&) = delete;
  TlsHook& operator=(const TlsHook&) = delete;

  // Whether a TLS server's context was made since. If the broker has TLS
  // listeners but this stays false, it uses another OpenSSL than the plugin.
  static bool SawContext();

  // `certificate` is what mosquitto_client_certificate() returned, null
  // included; its reference is taken over.
  Peer PeerOf(void* certificate) const;
  // Only who vouches for it, which costs next to nothing.
  static Voucher VoucherOf(void* certificate);

  CertificateGate& gate() const { return gate_; }
  const TlsOptions& options() const { return options_; }
  std::thread::id thread() const { return thread_; }
  // A few CAs stand in the tickets of all devices.
  CertificateCache& ticket_certificates() const {
    return *ticket_certificates_;
  }

 private:
  const TlsOptions options_;
  CertificateGate& gate_;
  const std::thread::id thread_ = std::this_thread::get_id();  // the broker's
  const std::unique_ptr<CertificateCache> ticket_certificates_;
};

}  // namespace dps
