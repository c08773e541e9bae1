// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/hub_table.h"

#include <algorithm>
#include <string>

#include "core/base/crypto.h"

namespace dps {
namespace {

std::uint64_t ReadBigEndian(std::string_view bytes) {
  std::uint64_t word = 0;
  for (const char byte : bytes) {
    word = word << 8 | static_cast<unsigned char>(byte);
  }
  return word;
}

}  // namespace

DrawSeed DrawSeed::Of(std::string_view name) {
  constexpr std::size_t kWord = 8;
  const std::string digest = Sha256(name);
  const std::string_view bytes = digest;
  return {.first = ReadBigEndian(bytes.substr(0, kWord)),
          .second = ReadBigEndian(bytes.substr(kWord, kWord))};
}

HubTable::HubTable(std::vector<LinkedHub> hubs) {
  std::ranges::sort(hubs, {}, &LinkedHub::name);
  entries_.reserve(hubs.size());
  for (LinkedHub& hub : hubs) {
    const DrawSeed seed = DrawSeed::Of(hub.name.text());
    has_connectors_ = has_connectors_ || HasConnector(hub);
    entries_.push_back({.hub = std::move(hub), .seed = seed});
  }
}

const HubEntry* HubTable::Find(std::string_view name) const {
  const auto text_of = [](const HubEntry& entry) -> std::string_view {
    return entry.name().text();
  };
  const auto entry = std::ranges::lower_bound(entries_, name, {}, text_of);
  return entry != entries_.end() && text_of(*entry) == name ? &*entry : nullptr;
}

}  // namespace dps
