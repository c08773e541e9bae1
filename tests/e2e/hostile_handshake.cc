// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/hostile_handshake.h"

#include <doctest/doctest.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/ssl.h>

#include <array>

#include "core/base/handle.h"
#include "tests/support/patience.h"
#include "tests/support/ssl_handle.h"

namespace dps {
namespace {

std::string Drain(BIO* bio) {
  std::string bytes(BIO_ctrl_pending(bio), '\0');
  if (bytes.empty()) return bytes;
  REQUIRE(BIO_read(bio, bytes.data(), static_cast<int>(bytes.size())) ==
          static_cast<int>(bytes.size()));
  return bytes;
}

SslHandle ClientOf(const Forged& device) {
  const SslContextHandle context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
  REQUIRE(SSL_CTX_use_certificate(context.get(), device.certificate.get()) ==
          1);
  REQUIRE(SSL_CTX_use_PrivateKey(context.get(), device.key.get()) == 1);
  SslHandle ssl(SSL_new(context.get()));
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(ssl.get());
  return ssl;
}

}  // namespace

Forged WithStolenCertificate(const Forged& victim) {
  const ForgedKey own = ForgeKey();
  BIGNUM* secret = nullptr;
  std::array<unsigned char, 256> shown{};
  std::size_t shown_size = 0;
  REQUIRE(EVP_PKEY_get_bn_param(own.get(), OSSL_PKEY_PARAM_PRIV_KEY, &secret) ==
          1);
  const Handle<BIGNUM, BN_free> owner(secret);
  REQUIRE(EVP_PKEY_get_octet_string_param(victim.key.get(),
                                          OSSL_PKEY_PARAM_PUB_KEY, shown.data(),
                                          shown.size(), &shown_size) == 1);
  const Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(
      OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                  "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                   shown.data(), shown_size);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret);
  const Handle<OSSL_PARAM, OSSL_PARAM_free> parameters(
      OSSL_PARAM_BLD_to_param(builder.get()));
  const Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  REQUIRE(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR,
                            parameters.get()) == 1);
  return {.certificate = victim.certificate,
          .key = ForgedKey(key, EVP_PKEY_free)};
}

std::string TamperedHandshake(const Endpoint& endpoint, const Forged& device,
                              const Tampering& tamper) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + kPatience;
  const auto stream =
      OpenStream({.host = endpoint.host, .port = endpoint.port}, deadline);
  REQUIRE_MESSAGE(stream.has_value(), stream.error().message);
  const SslHandle ssl = ClientOf(device);
  const std::string der = device.certificate.Der();
  for (;;) {
    ERR_clear_error();
    const int done = SSL_do_handshake(ssl.get());
    const int error = SSL_get_error(ssl.get(), done);
    std::string out = Drain(SSL_get_wbio(ssl.get()));
    if (const auto at = out.find(der); at != std::string::npos) tamper(out, at);
    // A server that has closed meanwhile is told by the next read.
    static_cast<void>((*stream)->Write(out, deadline));
    if (done == 1) return "accepted";
    if (error != SSL_ERROR_WANT_READ) {
      const char* reason = ERR_reason_error_string(ERR_get_error());
      return reason == nullptr ? "closed" : reason;
    }
    const auto in = (*stream)->Read(deadline);
    if (!in) return in.error().message;
    if (in->empty()) return "closed";
    BIO_write(SSL_get_rbio(ssl.get()), in->data(),
              static_cast<int>(in->size()));
  }
}

}  // namespace dps
