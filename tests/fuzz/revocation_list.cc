// SPDX-License-Identifier: Apache-2.0
// What an operator imports as a revocation list of the anchor.
#include "core/attestation/revocation_list.h"

#include <algorithm>

#include "core/base/limits.h"
#include "tests/fuzz/anchor.h"
#include "tests/fuzz/require.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto list =
      dps::ParseRevocationList(dps::Text(data, size), dps::FuzzAnchor());
  if (!list) {
    dps::Require(list.error().code == dps::Errc::kInvalidArgument ||
                 list.error().code == dps::Errc::kTooLarge);
    return 0;
  }
  const auto& serials = list->revoked_serials;
  dps::Require(serials.size() <= dps::limits::kRevokedSerialsMax);
  dps::Require(std::ranges::adjacent_find(serials, std::greater_equal<>()) ==
               serials.end());
  dps::Require(std::ranges::all_of(serials, [&](const std::string& serial) {
    return list->Revokes(serial);
  }));
  return 0;
}
