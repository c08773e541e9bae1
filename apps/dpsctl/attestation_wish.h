// SPDX-License-Identifier: Apache-2.0
// What an operator's options say of an attestation.
#pragma once

#include <optional>
#include <string>

#include "apps/dpsctl/arguments.h"
#include "core/base/result.h"
#include "core/model/attestation.h"

namespace dps {

// Only what was given has a value; keys not given are empty.
struct AttestationWish {
  std::string enrollment_id;  // as given; for messages
  bool names_type = false;
  bool is_x509 = false;  // as named, or else as the other options are
  SymmetricKeyAttestation keys;
  // Certificates, or references where those are given.
  X509Attestation x509;
  bool remove_primary = false;
  bool remove_secondary = false;

  bool HasKeys() const {
    return !keys.primary_key.empty() || !keys.secondary_key.empty();
  }
  bool Refers() const { return x509.primary_ca || x509.secondary_ca; }
  bool HasCertificates() const {
    return x509.primary || x509.secondary || Refers() || remove_primary ||
           remove_secondary;
  }
};

// Reads the options and the files they name. `kind`: what certificates are in
// an enrollment of that sort. Errors: kInvalidArgument.
[[nodiscard]] Result<AttestationWish> ReadAttestationWish(
    const Arguments& arguments, X509Attestation::Kind kind);

// An attestation of the wished type with nothing in it.
Attestation NewAttestation(const AttestationWish& wish);

// Changes what is wished and leaves the rest: of certificates there may be the
// info only. Removes first, then puts in. Pure. Errors: kInvalidArgument (no
// certificate would be left; the attestation is of the other type, and the type
// was not named; certificates would take the place of references, or references
// that of certificates, that are not to be removed).
[[nodiscard]] Status ApplyAttestation(const AttestationWish& wish,
                                      Attestation& attestation);

}  // namespace dps
