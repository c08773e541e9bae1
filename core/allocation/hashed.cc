// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/hashed.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

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

// fmix64 of Austin Appleby's MurmurHash3: a bijection whose every output bit
// hangs on every input bit.
std::uint64_t Mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccd;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53;
  return x ^ x >> 33;
}

std::uint64_t Draw(const DrawSeed& device, const DrawSeed& hub) {
  return Mix(Mix(device.first ^ hub.first) + (device.second ^ hub.second)) | 1;
}

std::uint64_t WeightOf(const HubEntry& entry) {
  return static_cast<std::uint64_t>(entry.hub.allocation_weight);
}

// Its cost lies between these two, whatever the machine's logarithm.
struct CostRange {
  double low;
  double high;
};

CostRange RangeOf(const DrawSeed& device, const HubEntry& entry) {
  // Rounding x, its logarithm near 64 and the difference stay far below this;
  // so does what NegativeLog2() cuts off.
  constexpr double kError = 1e-12;
  const double negative_log2 =
      64 - std::log2(static_cast<double>(Draw(device, entry.seed)));
  const auto weight = static_cast<double>(entry.hub.allocation_weight);
  return {.low = (negative_log2 - kError) / weight,
          .high = (negative_log2 + kError) / weight};
}

bool Beats(const HubEntry& a, const HubEntry& b, const DrawSeed& device) {
  const std::uint64_t cost_a = NegativeLog2(Draw(device, a.seed)) * WeightOf(b);
  const std::uint64_t cost_b = NegativeLog2(Draw(device, b.seed)) * WeightOf(a);
  return cost_a != cost_b ? cost_a < cost_b : a.name() < b.name();
}

}  // namespace

const HubEntry& AllocateHashed(const RegistrationId& id,
                               const Candidates& candidates) {
  const DrawSeed device = DrawSeed::Of(id.key());
  // The exact costs are dear; hardly ever is there more than one hub of which
  // the rough ones leave it open whether it wins.
  double least_high = std::numeric_limits<double>::infinity();
  for (const HubEntry* entry : candidates) {
    least_high = std::min(least_high, RangeOf(device, *entry).high);
  }
  const auto may_win = [&](const HubEntry* entry) {
    return RangeOf(device, *entry).low <= least_high;
  };
  auto best = std::ranges::find_if(candidates, may_win);
  for (auto at = best + 1; at != candidates.end(); ++at) {
    if (may_win(*at) && Beats(**at, **best, device)) best = at;
  }
  return **best;
}

double HashedCost(const RegistrationId& id, const HubEntry& candidate) {
  const DrawSeed device = DrawSeed::Of(id.key());
  const double negative_log2 = std::ldexp(
      static_cast<double>(NegativeLog2(Draw(device, candidate.seed))),
      -kFractionBits);
  return negative_log2 / candidate.hub.allocation_weight;
}

}  // namespace dps
