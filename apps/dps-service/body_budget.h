// SPDX-License-Identifier: Apache-2.0
// How many bytes all request bodies together may take: shares of it are taken
// as bytes arrive, and given back with the request.
#pragma once

#include <atomic>
#include <cstddef>

namespace dps {

// Thread-safe.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t max) : max_(max) {}

  // False, with nothing taken, if there is not as much left.
  [[nodiscard]] bool Take(std::size_t bytes) {
    std::size_t taken = taken_.load();
    while (bytes <= max_ - taken) {
      if (taken_.compare_exchange_weak(taken, taken + bytes)) return true;
    }
    return false;
  }
  void GiveBack(std::size_t bytes) { taken_ -= bytes; }

 private:
  const std::size_t max_;
  std::atomic<std::size_t> taken_ = 0;
};

}  // namespace dps
