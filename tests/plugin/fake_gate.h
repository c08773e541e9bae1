// SPDX-License-Identifier: Apache-2.0
// A gate that a test sets the verdict of, and what devices see of it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "plugin/tls_hook.h"

namespace dps {

// An alert, RFC 8446 section 6.
inline constexpr int kUnknownCa = 48;

class FakeGate final : public CertificateGate {
 public:
  Status Admit(const PresentedChain& chain) override {
    seen.push_back(chain);
    if (throws) throw std::runtime_error("out of order");
    return verdict;
  }
  void OnRefused(std::string_view address, const Error& error) override {
    refusals.push_back(std::string(address) + " " + error.message);
  }
  void OnFailed(std::string_view address, std::string_view reason) override {
    failures.push_back(std::string(address) + " " + std::string(reason));
  }

  Status verdict;
  bool throws = false;
  std::vector<PresentedChain> seen;
  std::vector<std::string> refusals;
  std::vector<std::string> failures;
};

}  // namespace dps
