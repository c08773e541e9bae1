// SPDX-License-Identifier: Apache-2.0
// Which certificate signed which, computed within a budget. Not thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "core/base/certificate.h"
#include "core/base/limits.h"
#include "core/base/result.h"

namespace dps {

// The signatures verified to judge one presented chain. Whoever presents it
// chooses its keys and names, so it may cost so many and no more.
class Signatures {
 public:
  explicit Signatures(std::size_t max = limits::kSignaturesOfHandshakeMax)
      : max_(max) {}

  // Whether the issuer's key signed the subject; each pair is computed once.
  // The issuer must have passed CheckKey(). Errors: as Spend().
  [[nodiscard]] Result<bool> Signed(const Certificate& issuer,
                                    const Certificate& subject);

  // Known by now, without computing anything.
  bool IsRefuted(const Certificate& issuer, const Certificate& subject) const;

  // To be asked before others compute `count` of them. Errors:
  // kInvalidCertificate if these were too many; so is every later call's.
  [[nodiscard]] Status Spend(std::size_t count);

  std::size_t spent() const { return spent_; }
  bool is_exceeded() const { return spent_ > max_; }

 private:
  using Pair = std::pair<std::string, std::string>;  // thumbprints

  const std::size_t max_;
  std::size_t spent_ = 0;
  std::map<Pair, bool> known_;
};

}  // namespace dps
