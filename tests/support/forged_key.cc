// SPDX-License-Identifier: Apache-2.0
#include "tests/support/forged_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <map>
#include <stdexcept>
#include <string>

#include "core/base/handle.h"

namespace dps {

void MustForge(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("cannot forge: ") + what);
}

namespace {

using KeyContext = Handle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

ForgedKey Own(EVP_PKEY* key) {
  MustForge(key != nullptr, "a key");
  return {key, EVP_PKEY_free};
}

ForgedKey FromParameters(const char* kind, OSSL_PARAM_BLD* builder) {
  const Handle<OSSL_PARAM, OSSL_PARAM_free> parameters(
      OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
  return Own(key);
}

ForgedKey PublicRsa(int bits) {
  const Handle<BIGNUM, BN_free> modulus(BN_new());
  const Handle<BIGNUM, BN_free> exponent(BN_new());
  MustForge(
      BN_rand(modulus.get(), bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) == 1 &&
          BN_set_word(exponent.get(), RSA_F4) == 1,
      "an RSA modulus");
  const Handle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(
      OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return FromParameters("RSA", builder.get());
}

ForgedKey Rsa(int bits) {
  static std::map<int, ForgedKey> cache;
  ForgedKey& key = cache[bits];
  if (key == nullptr) {
    key = bits > 4096 ? PublicRsa(bits)
                      : Own(EVP_RSA_gen(static_cast<unsigned>(bits)));
  }
  return key;
}

ForgedKey ExplicitP256() {
  ForgedKey key = Own(EVP_EC_gen("P-256"));
  MustForge(
      EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_ENCODING,
                                     OSSL_PKEY_EC_ENCODING_EXPLICIT) == 1,
      "explicit EC parameters");
  return key;
}

ForgedKey Dsa() {
  const KeyContext groups(EVP_PKEY_CTX_new_from_name(nullptr, "DSA", nullptr));
  EVP_PKEY* group = nullptr;
  MustForge(EVP_PKEY_paramgen_init(groups.get()) == 1 &&
                EVP_PKEY_CTX_set_dsa_paramgen_bits(groups.get(), 1024) == 1 &&
                EVP_PKEY_paramgen(groups.get(), &group) == 1,
            "a DSA group");
  const ForgedKey owner = Own(group);
  const KeyContext keys(EVP_PKEY_CTX_new(group, nullptr));
  EVP_PKEY* key = nullptr;
  MustForge(EVP_PKEY_keygen_init(keys.get()) == 1 &&
                EVP_PKEY_generate(keys.get(), &key) == 1,
            "a DSA key");
  return Own(key);
}

}  // namespace

ForgedKey ForgeKey(const KeySpec& spec) {
  switch (spec.kind) {
    case KeyKind::kRsa:
      return Rsa(spec.bits);
    case KeyKind::kEd25519:
      return Own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case KeyKind::kEc:
      return Own(EVP_EC_gen(spec.curve));
    case KeyKind::kEd448:
      return Own(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"));
    case KeyKind::kExplicitP256:
      return ExplicitP256();
    case KeyKind::kDsa:
      return Dsa();
    case KeyKind::kP256:
      break;
  }
  return Own(EVP_EC_gen("P-256"));
}

}  // namespace dps
