// SPDX-License-Identifier: Apache-2.0
// Key pairs for forged certificates.
#pragma once

#include <memory>

struct evp_pkey_st;

namespace dps {

// Shared, because keys of tests are cached and certificates copied.
using ForgedKey = std::shared_ptr<evp_pkey_st>;

enum class KeyKind { kP256, kEc, kExplicitP256, kEd25519, kEd448, kRsa, kDsa };

struct KeySpec {
  KeyKind kind = KeyKind::kP256;
  // RSA alone. Over 4096 it is a public key that nobody has the private part
  // of, for such a pair takes minutes to make.
  int bits = 2048;
  const char* curve = "P-256";  // kEc alone
};

// Throws unless `done`.
void MustForge(bool done, const char* what);

// EC and Ed25519 keys are fresh; one RSA key of each size serves all.
ForgedKey ForgeKey(const KeySpec& spec = {});

}  // namespace dps
