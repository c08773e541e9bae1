// SPDX-License-Identifier: Apache-2.0
#include "plugin/enrollment_gate.h"

#include "core/base/crypto.h"
#include "core/base/text.h"

namespace dps {

Status EnrollmentGate::Admit(const PresentedChain& chain) {
  return service_.AdmitCertificate(chain);
}

void EnrollmentGate::OnRefused(std::string_view address, const Error& error) {
  log_.Write(LogLevel::kWarning,
             "certificate refused: address=" + Printable(address) +
                 " reason=" + error.message + " tracking=" + NewGuid());
}

void EnrollmentGate::OnFailed(std::string_view address,
                              std::string_view reason) {
  log_.Write(LogLevel::kWarning,
             "handshake failed: address=" + Printable(address) +
                 " reason=" + Printable(reason) + " tracking=" + NewGuid());
}

}  // namespace dps
