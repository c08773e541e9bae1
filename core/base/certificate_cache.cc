// SPDX-License-Identifier: Apache-2.0
#include "core/base/certificate_cache.h"

#include <string>
#include <utility>

#include "core/base/crypto.h"

namespace dps {

Result<Certificate> CertificateCache::Parse(std::string_view der) {
  const std::string key = Sha256(der);
  if (const auto* known = read_before_.Find(key)) return *known;
  DPS_TRY(Certificate certificate, Certificate::Parse(der));
  return read_before_.Insert(key, std::move(certificate));
}

}  // namespace dps
