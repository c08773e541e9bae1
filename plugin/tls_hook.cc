// SPDX-License-Identifier: Apache-2.0
#include "plugin/tls_hook.h"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "core/base/crypto_handle.h"
#include "core/base/limits.h"
#include "plugin/local_port.h"
#include "plugin/tls_hook_judgement.h"

namespace dps {
namespace {

// What the callbacks find when OpenSSL calls them: nothing before the hook is
// made and after it is gone. Contexts are made by other threads too.
std::atomic<const TlsHook*> installed = nullptr;
std::atomic<bool> saw_context = false;
// Without a handshake here, a certificate is another OpenSSL's.
std::atomic<bool> saw_handshake = false;

std::string PeerAddress(const SSL* ssl) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  std::array<char, NI_MAXHOST> text{};
  if (getpeername(SSL_get_fd(ssl), generic, &size) != 0 ||
      getnameinfo(generic, size, text.data(), text.size(), nullptr, 0,
                  NI_NUMERICHOST) != 0) {
    return "unknown";
  }
  return text.data();
}

bool DemandsCertificate(const SSL* ssl) {
  return (SSL_get_verify_mode(ssl) & SSL_VERIFY_FAIL_IF_NO_PEER_CERT) != 0;
}

// A listener that demands certificates has users of its own, who may be named
// after them (use_identity_as_username) and never asked for anything else. So
// enrollments count beside its cafile only where the operator lists the port.
bool EnrollmentsCount(const TlsHook& hook, const SSL* ssl) {
  return !DemandsCertificate(ssl) || !hook.options().ports.empty();
}

Result<PresentedChain> Capture(const X509_STORE_CTX* context,
                               std::size_t chain_max) {
  const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(context);
  DPS_CHECK(CheckCount(static_cast<std::size_t>(sk_X509_num(sent)), chain_max));
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  DPS_TRY(Certificate first, Certificate::FromX509(leaf));
  PresentedChain chain{.leaf = std::move(first), .others = {}};
  for (int i = 0; i < sk_X509_num(sent); ++i) {
    X509* certificate = sk_X509_value(sent, i);
    if (certificate == leaf) continue;
    DPS_TRY(Certificate other, Certificate::FromX509(certificate));
    chain.others.push_back(std::move(other));
  }
  return chain;
}

Status Admit(const TlsHook& hook, const PresentedChain& chain) {
  try {
    return hook.gate().Admit(chain);
  } catch (const std::exception& exception) {
    return Fail(Errc::kInternal, exception.what());
  }
}

Status NotOfListener() {
  return Fail(Errc::kUnauthenticated,
              "the listener's cafile does not accept it, and enrollments count "
              "beside require_certificate only on ports that dps_tls_ports "
              "lists");
}

// OpenSSL derives the alert from it.
int VerifyError(const Error& error, const X509* leaf) {
  if (error.code == Errc::kInternal || error.code == Errc::kUnavailable) {
    return X509_V_ERR_UNSPECIFIED;
  }
  if (X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0) {
    return X509_V_ERR_CERT_HAS_EXPIRED;
  }
  return error.code == Errc::kUnauthenticated
             ? X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
             : X509_V_ERR_CERT_REJECTED;
}

bool Judge(const TlsHook& hook, const SSL* ssl, X509_STORE_CTX* context) {
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  const ErrorQueueMark mark;
  const bool demanded = DemandsCertificate(ssl);
  const bool trusted = demanded && X509_verify_cert(context) == 1;
  auto chain = Capture(context, trusted ? SIZE_MAX : hook.options().chain_max);
  // Stays without a judgement, as on a port that is not the hook's.
  if (!chain && trusted) return true;
  const Status admitted =
      trusted ? Status() : chain.and_then([&](const PresentedChain& presented) {
        return EnrollmentsCount(hook, ssl) ? Admit(hook, presented)
                                           : NotOfListener();
      });
  if (admitted) {
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return Attach(leaf, {trusted ? Voucher::kListener : Voucher::kDps,
                         std::move(chain->others)});
  }
  if (!demanded) {
    X509_STORE_CTX_set_error(context, VerifyError(admitted.error(), leaf));
  }
  hook.gate().OnRefused(PeerAddress(ssl), admitted.error());
  return false;
}

// In place of X509_verify_cert().
int OnVerify(X509_STORE_CTX* context, void*) noexcept {
  try {
    const TlsHook* hook = installed;
    const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(
        context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    if (hook != nullptr && Judge(*hook, ssl, context)) return 1;
    if (X509_STORE_CTX_get_error(context) != X509_V_OK) return 0;
  } catch (...) {  // refused below
  }
  X509_STORE_CTX_set_error(context, X509_V_ERR_UNSPECIFIED);
  return 0;
}

int OnTicketMade(SSL* ssl, void*) noexcept {
  try {
    SaveChain(SSL_get_session(ssl));
  } catch (...) {  // then it resumes nothing
  }
  return 1;
}

bool MayResume(const TlsHook& hook, const SSL* ssl, SSL_SESSION* session) {
  const ErrorQueueMark mark;
  X509* leaf = SSL_SESSION_get0_peer(session);
  // The listener may demand certificates since a reload.
  if (leaf == nullptr) return !DemandsCertificate(ssl);
  if (!EnrollmentsCount(hook, ssl)) return false;
  auto chain = SavedChain(session, hook.ticket_certificates());
  return chain && Admit(hook, *chain) &&
         Attach(leaf, {Voucher::kDps, std::move(chain->others)});
}

SSL_TICKET_RETURN OnTicketShown(SSL* ssl, SSL_SESSION* session,
                                const unsigned char*, std::size_t,
                                SSL_TICKET_STATUS status, void*) noexcept {
  const TlsHook* hook = installed;
  const bool readable =
      status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW;
  try {
    if (hook != nullptr && readable && MayResume(*hook, ssl, session)) {
      return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE
                                          : SSL_TICKET_RETURN_USE_RENEW;
    }
  } catch (...) {  // a full handshake tells the truth
  }
  return SSL_TICKET_RETURN_IGNORE_RENEW;
}

// Tells of handshakes that OpenSSL or the client ended.
void OnState(const SSL* ssl, int where, int value) noexcept {
  const bool fatal = (value >> 8) == SSL3_AL_FATAL;
  // SSL_in_init() is true again when a connection ends badly.
  const bool in_handshake = SSL_get_state(ssl) != TLS_ST_OK;
  if ((where & SSL_CB_ALERT) == 0 || !fatal || !in_handshake) return;
  const bool told_by_gate = SSL_get_verify_result(ssl) != X509_V_OK;
  const TlsHook* hook = installed;
  if (hook == nullptr || told_by_gate) return;
  try {
    std::string reason = SSL_alert_desc_string_long(value);
    if ((where & SSL_CB_READ) != 0) {
      reason.insert(0, "the client ended it: ");
    } else if (const char* cause =
                   ERR_reason_error_string(ERR_peek_last_error())) {
      reason = cause;
    }
    hook->gate().OnFailed(PeerAddress(ssl), reason);
  } catch (...) {  // a line less in the log
  }
}

// Never more than the operator allows: OpenSSL's configuration may forbid
// tickets altogether.
void PrepareResumption(SSL* ssl, bool wanted) {
  SSL_CTX* context = SSL_get_SSL_CTX(ssl);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  constexpr std::string_view kIdContext = "mosquitto-dps";
  SSL_set_session_id_context(
      ssl, reinterpret_cast<const unsigned char*>(kIdContext.data()),
      kIdContext.size());
  SSL_CTX_set_session_ticket_cb(context, OnTicketMade, OnTicketShown, nullptr);
  if (!wanted) SSL_set_options(ssl, SSL_OP_NO_TICKET);
  const bool none = (SSL_get_options(ssl) & SSL_OP_NO_TICKET) != 0;
  const std::size_t tickets_max = none ? 0 : 1;
  SSL_set_num_tickets(ssl, std::min(SSL_get_num_tickets(ssl), tickets_max));
}

void Prepare(const TlsHook& hook, SSL* ssl) {
  const TlsOptions& options = hook.options();
  if (!options.hooked) return;
  if (!options.ports.empty() &&
      std::ranges::count(options.ports, LocalPort(SSL_get_fd(ssl))) == 0) {
    return;
  }
  SSL_CTX_set_cert_verify_callback(SSL_get_SSL_CTX(ssl), OnVerify, nullptr);
  // Null keeps the listener's own callback, which OnVerify() serves too.
  SSL_set_verify(ssl, SSL_get_verify_mode(ssl) | SSL_VERIFY_PEER, nullptr);
  SSL_set_max_cert_list(ssl, limits::kPresentedChainBytesMax);
  // Names of CAs would make clients withhold what is enrolled at run time.
  SSL_set_client_CA_list(ssl, sk_X509_NAME_new_null());
  // Nobody becomes somebody else in mid-connection.
  SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
  SSL_set_info_callback(ssl, OnState);
  PrepareResumption(ssl, options.resumption);
}

int OnClientHello(SSL* ssl, int*, void*) noexcept {
  const TlsHook* hook = installed;
  if (hook != nullptr && hook->thread() == std::this_thread::get_id()) {
    saw_handshake = true;
    Prepare(*hook, ssl);
  }
  return SSL_CLIENT_HELLO_SUCCESS;
}

void OnNewContext(void* context, void*, CRYPTO_EX_DATA*, int, long,
                  void*) noexcept {
  auto* made = static_cast<SSL_CTX*>(context);
  const bool of_client = SSL_CTX_get_ssl_method(made) == TLS_client_method();
  if (installed == nullptr || of_client) return;
  saw_context = true;
  SSL_CTX_set_client_hello_cb(made, OnClientHello, nullptr);
}

}  // namespace

TlsHook::TlsHook(CertificateGate& gate, TlsOptions options)
    : options_(std::move(options)),
      gate_(gate),
      ticket_certificates_(
          std::make_unique<CertificateCache>(limits::kTicketCertificatesMax)) {
  assert(installed == nullptr);
  static const int registered_for_ever =
      SSL_CTX_get_ex_new_index(0, nullptr, OnNewContext, nullptr, nullptr);
  static_cast<void>(registered_for_ever);
  ReserveJudgements();
  saw_context = false;
  saw_handshake = false;
  installed = this;
}

TlsHook::~TlsHook() { installed = nullptr; }

bool TlsHook::SawContext() { return saw_context; }

Peer TlsHook::PeerOf(void* certificate) const {
  if (certificate == nullptr) return {};
  Peer peer{.voucher = Voucher::kUnjudged, .chain = {}};
  // Another OpenSSL's: not to be touched, not even to free it.
  if (!saw_handshake) return peer;
  const ErrorQueueMark mark;
  const X509Handle leaf(static_cast<X509*>(certificate));
  const Judgement* judgement = JudgementOf(leaf.get());
  if (judgement != nullptr) peer.voucher = judgement->voucher;
  // Where every handshake is the hook's, one that it has not seen is a riddle.
  const bool riddle =
      judgement == nullptr && options_.hooked && options_.ports.empty();
  auto first = Certificate::FromX509(leaf.get());
  if (riddle || !first) return peer;
  peer.chain = PresentedChain{.leaf = *std::move(first), .others = {}};
  if (judgement != nullptr) peer.chain->others = judgement->others;
  return peer;
}

Voucher TlsHook::VoucherOf(void* certificate) {
  if (certificate == nullptr) return Voucher::kNobody;
  if (!saw_handshake) return Voucher::kUnjudged;
  const X509Handle leaf(static_cast<X509*>(certificate));
  const Judgement* judgement = JudgementOf(leaf.get());
  return judgement == nullptr ? Voucher::kUnjudged : judgement->voucher;
}

}  // namespace dps
