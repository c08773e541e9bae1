// SPDX-License-Identifier: Apache-2.0
// Certificates read before, found again by their DER.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/base/certificate.h"
#include "core/base/recent_map.h"
#include "core/base/result.h"

namespace dps {

// OpenSSL 3.0 takes 0.3 ms to read a certificate, this a few microseconds to
// find it. Keeps up to twice `max`, those used last. Not thread-safe.
class CertificateCache {
 public:
  // REQUIRES: max > 0.
  explicit CertificateCache(std::size_t max) : read_before_(max) {}

  // As Certificate::Parse(). What is refused is not remembered.
  [[nodiscard]] Result<Certificate> Parse(std::string_view der);

  void Clear() { read_before_.Clear(); }
  std::size_t size() const { return read_before_.size(); }

 private:
  RecentMap<Certificate> read_before_;  // by SHA-256
};

}  // namespace dps
