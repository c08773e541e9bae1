// SPDX-License-Identifier: Apache-2.0
// The keys of an enrollment that has them.
#pragma once

#include <variant>

#include "core/model/enrollment.h"

namespace dps {

inline SymmetricKeyAttestation& KeysOf(EnrollmentTerms& terms) {
  return std::get<SymmetricKeyAttestation>(terms.attestation);
}
inline const SymmetricKeyAttestation& KeysOf(const EnrollmentTerms& terms) {
  return std::get<SymmetricKeyAttestation>(terms.attestation);
}

}  // namespace dps
