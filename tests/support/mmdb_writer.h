// SPDX-License-Identifier: Apache-2.0
// Writes databases in MaxMind's format (MaxMind DB File Format Specification
// 2.0), right ones and wrong ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/ip_address.h"
#include "core/model/linked_hub.h"

namespace dps {

// Encoded data.
std::string MmdbText(std::string_view text);
std::string MmdbDouble(double number);
std::string MmdbMap(
    const std::vector<std::pair<std::string_view, std::string>>& members);
// `{"location": {"latitude", "longitude"}}`, as in a database of cities.
std::string MmdbCity(const Coordinates& place);

class MmdbWriter {
 public:
  // `data` is encoded; a longer prefix added later stands out of a shorter one.
  void Add(std::string_view prefix, std::string_view data);
  // 32-bit records, both families.
  std::string Finish() const;

 private:
  static constexpr std::uint32_t kNothing = 0xffffffff;
  static constexpr std::uint32_t kData = 0x80000000;  // | offset in data_
  struct Node {
    std::uint32_t child[2] = {kNothing, kNothing};
  };

  std::vector<Node> nodes_{Node{}};
  std::string data_;
};

}  // namespace dps
