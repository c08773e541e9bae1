// SPDX-License-Identifier: Apache-2.0
// What an operator imports as a latency table, and an address that is looked up
// in it: the first 16 bytes.
#include "core/allocation/latency_table.h"

#include <algorithm>

#include "tests/fuzz/require.h"

namespace {

void LookUp(const dps::LatencyTable& table, const dps::IpAddress& address) {
  const auto place = table.Locate(address);
  if (!place) return;
  for (dps::LatencyTable::HubNumber i = 0; i < table.hubs().size(); ++i) {
    dps::Require(table.NumberOf(table.hubs()[i]) == i);
    const auto row = table.RowFor(*place, i);
    dps::Require(!row || row->prefix.Covers(address));
    dps::Require((row ? std::optional(row->latency) : std::nullopt) ==
                 table.LatencyFrom(*place, i));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto table = dps::LatencyTable::ParseCsv(dps::Text(data, size));
  if (!table) {
    dps::Require(table.error().code == dps::Errc::kInvalidArgument ||
                 table.error().code == dps::Errc::kTooLarge);
    return 0;
  }
  const std::string csv = table->ToCsv();
  const auto again = dps::LatencyTable::ParseCsv(csv);
  dps::Require(again && again->ToCsv() == csv);
  dps::IpAddress::Bytes bytes{};
  std::copy_n(data, std::min(size, bytes.size()), bytes.begin());
  LookUp(*table, dps::IpAddress(bytes));
  std::fill_n(bytes.begin(), 10, std::uint8_t{0});
  std::fill_n(bytes.begin() + 10, 2, std::uint8_t{0xff});
  LookUp(*table, dps::IpAddress(bytes));
  return 0;
}
