// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/hashed.h"

#include <bit>
#include <cstdint>

#include "core/base/crypto.h"
#include "core/base/limits.h"

namespace dps {
namespace {

__extension__ using Uint128 = unsigned __int128;

constexpr int kFractionBits = 48;
static_assert(limits::kAllocationWeightMax < (1 << 10),
              "a cost of at most 64 times a weight must fit 64 bits");

// 64 - log2(x), in units of 2^-48, rounded up. REQUIRES: x > 0.
// The binary logarithm one bit at a time: squaring the mantissa doubles its
// logarithm, so the next bit is whether the square reached 2.
std::uint64_t NegativeLog2(std::uint64_t x) {
  const int shift = std::countl_zero(x);
  auto log2 = static_cast<std::uint64_t>(63 - shift);
  std::uint64_t mantissa = x << shift;  // 1.63 fixed point, in [1, 2)
  for (int bit = 0; bit < kFractionBits; ++bit) {
    const Uint128 square = Uint128{mantissa} * mantissa;  // 2.126
    const bool reached_two = square >> 127 != 0;
    mantissa = static_cast<std::uint64_t>(square >> (reached_two ? 64 : 63));
    log2 = log2 << 1 | (reached_two ? 1 : 0);
  }
  return (std::uint64_t{64} << kFractionBits) - log2;
}

std::uint64_t Draw(const RegistrationId& id, const HubName& hub) {
  // Neither an id nor a host name can hold the slash.
  const std::string digest = Sha256(id.key() + "/" + hub.text());
  std::uint64_t x = 0;
  for (int i = 0; i < 8; ++i) {
    x = x << 8 | static_cast<unsigned char>(digest[i]);
  }
  return x | 1;
}

struct Bid {
  const LinkedHub* hub;
  std::uint64_t negative_log2;
};

bool Beats(const Bid& a, const Bid& b) {
  const auto weight = [](const Bid& bid) {
    return static_cast<std::uint64_t>(bid.hub->allocation_weight);
  };
  const std::uint64_t cost_a = a.negative_log2 * weight(b);
  const std::uint64_t cost_b = b.negative_log2 * weight(a);
  return cost_a != cost_b ? cost_a < cost_b : a.hub->name < b.hub->name;
}

}  // namespace

Result<HubName> AllocateHashed(const RegistrationId& id,
                               std::span<const LinkedHub> candidates) {
  if (candidates.empty()) {
    return Fail(Errc::kNoHub, "there is no hub to choose from");
  }
  const auto bid_of = [&id](const LinkedHub& hub) {
    return Bid{&hub, NegativeLog2(Draw(id, hub.name))};
  };
  Bid best = bid_of(candidates.front());
  for (const LinkedHub& hub : candidates.subspan(1)) {
    const Bid bid = bid_of(hub);
    if (Beats(bid, best)) best = bid;
  }
  return best.hub->name;
}

}  // namespace dps
