// SPDX-License-Identifier: Apache-2.0
// Certificates that are valid now, in files as operators have them.
#pragma once

#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/crypto.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/temp_dir.h"

namespace dps {

inline CertificateSpec ValidNow(CertificateSpec spec) {
  spec.not_before = SystemClock().Now() - std::chrono::hours(1);
  spec.not_after = spec.not_before + std::chrono::hours(24);
  return spec;
}

inline Forged CaNow(const std::string& name, const Forged* issuer = nullptr) {
  return Forge(ValidNow(CaSpec(name, issuer)));
}
inline Forged DeviceNow(const std::string& name,
                        const Forged* issuer = nullptr) {
  return Forge(ValidNow(LeafSpec(name, issuer)));
}

class CertificateFiles {
 public:
  // The path of a new PEM file.
  std::string Of(const std::vector<Certificate>& certificates) {
    std::string pem;
    for (const Certificate& each : certificates) pem += Pem(each);
    return Holding(pem);
  }
  std::string Of(const Forged& forged) {
    return Of(std::vector{forged.certificate});
  }
  std::string Holding(std::string_view content) {
    return directory_.Write(std::to_string(++files_), content);
  }

 private:
  TempDir directory_;
  int files_ = 0;
};

}  // namespace dps
