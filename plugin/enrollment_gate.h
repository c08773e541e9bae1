// SPDX-License-Identifier: Apache-2.0
// The TLS hook's gate: open to the certificates that an enrollment of some ID
// scope accepts at this moment.
#pragma once

#include <string_view>

#include "core/base/log.h"
#include "core/registration/service.h"
#include "plugin/tls_hook.h"

namespace dps {

// Broker thread only.
class EnrollmentGate final : public CertificateGate {
 public:
  EnrollmentGate(RegistrationService& service, Log& log)
      : service_(service), log_(log) {}

  // Which enrollment decides, the CONNECT will tell, that names the ID scope.
  [[nodiscard]] Status Admit(const PresentedChain& chain) override;
  // One line each, with the reason and a tracking id.
  void OnRefused(std::string_view address, const Error& error) override;
  void OnFailed(std::string_view address, std::string_view reason) override;

 private:
  RegistrationService& service_;
  Log& log_;
};

}  // namespace dps
