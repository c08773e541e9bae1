// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/http_server_tls.h"

#include <gnutls/x509.h>

#include <cstddef>
#include <span>
#include <string_view>

#include "core/base/crypto.h"
#include "core/base/key_file.h"
#include "core/base/limits.h"

namespace dps {
namespace {

constexpr std::size_t kKeyFileBytesMax = std::size_t{64} * 1024;
// A client's handshake message; the largest holds its chain.
constexpr std::size_t kHandshakeBytesMax = 2 * limits::kPresentedChainBytesMax;

using PrivateKey = Handle<gnutls_privkey_st, gnutls_privkey_deinit>;

// Valid as long as `bytes`.
gnutls_datum_t DatumOf(const SecretBytes& bytes) {
  const std::string_view text = bytes.Reveal();
  return {
      .data = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
      .size = static_cast<unsigned>(text.size())};
}

std::string Because(int error) {
  return std::string(": ") + gnutls_strerror(error);
}

Status CheckCertificates(const std::string& file, const gnutls_datum_t& pem) {
  gnutls_x509_crt_t* list = nullptr;
  unsigned count = 0;
  const int error =
      gnutls_x509_crt_list_import2(&list, &count, &pem, GNUTLS_X509_FMT_PEM, 0);
  if (error < 0) {
    return Fail(Errc::kUnavailable,
                file + ": no certificate in PEM" + Because(error));
  }
  for (gnutls_x509_crt_t certificate : std::span(list, count)) {
    gnutls_x509_crt_deinit(certificate);
  }
  gnutls_free(list);
  return {};
}

Status CheckKey(const std::string& file, const gnutls_datum_t& pem) {
  gnutls_privkey_t made = nullptr;
  int error = gnutls_privkey_init(&made);
  const PrivateKey key(made);
  if (error >= 0) {
    error = gnutls_privkey_import_x509_raw(key.get(), &pem, GNUTLS_X509_FMT_PEM,
                                           nullptr, 0);
  }
  if (error >= 0) return {};
  return Fail(Errc::kUnavailable,
              file + ": no unencrypted private key in PEM" + Because(error));
}

}  // namespace

Result<TlsCredentials> LoadTlsCredentials(const std::string& certificate_file,
                                          const std::string& key_file) {
  DPS_TRY(
      const SecretBytes certificate,
      ReadSecretFile(certificate_file, limits::kCertificateChainFileBytesMax));
  DPS_TRY(const SecretBytes key, ReadSecretFile(key_file, kKeyFileBytesMax));
  const gnutls_datum_t certificate_pem = DatumOf(certificate);
  const gnutls_datum_t key_pem = DatumOf(key);
  DPS_CHECK(CheckCertificates(certificate_file, certificate_pem));
  DPS_CHECK(CheckKey(key_file, key_pem));
  gnutls_certificate_credentials_t made = nullptr;
  int error = gnutls_certificate_allocate_credentials(&made);
  TlsCredentials credentials(made);
  if (error >= 0) {
    error = gnutls_certificate_set_x509_key_mem2(
        credentials.get(), &certificate_pem, &key_pem, GNUTLS_X509_FMT_PEM,
        nullptr, 0);
  }
  if (error == GNUTLS_E_CERTIFICATE_KEY_MISMATCH) {
    return Fail(Errc::kUnavailable, "the key in " + key_file +
                                        " is not that of the certificate in " +
                                        certificate_file);
  }
  if (error < 0) {
    return Fail(Errc::kUnavailable,
                certificate_file + " and " + key_file + Because(error));
  }
  return credentials;
}

void PrepareTlsSession(gnutls_session_t session,
                       const TlsCredentials& credentials) {
  gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials.get());
  gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
  constexpr int kNoIssuersNamed = 1;
  gnutls_certificate_send_x509_rdn_sequence(session, kNoIssuersNamed);
  gnutls_handshake_set_max_packet_length(session, kHandshakeBytesMax);
}

int OnTlsSessionUnprepared(gnutls_session_t, const gnutls_datum_t*, int,
                           const gnutls_pk_algorithm_t*, int, gnutls_pcert_st**,
                           unsigned*, gnutls_privkey_t*) noexcept {
  return -1;
}

std::vector<std::string> ClientCertificates(gnutls_session_t session) {
  unsigned count = 0;
  const gnutls_datum_t* list = gnutls_certificate_get_peers(session, &count);
  std::vector<std::string> chain;
  if (list == nullptr) return chain;
  for (const gnutls_datum_t& der : std::span(list, count)) {
    chain.emplace_back(reinterpret_cast<const char*>(der.data), der.size);
  }
  return chain;
}

}  // namespace dps
