// SPDX-License-Identifier: Apache-2.0
#include "tests/support/mmdb_writer.h"

#include <bit>
#include <stdexcept>

namespace dps {
namespace {

enum Type { kText = 2, kDouble = 3, kUint16 = 5, kUint32 = 6, kMap = 7 };
enum ExtendedType { kUint64 = 9, kArray = 11 };

std::string Digits(std::uint64_t number, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) {
    out += static_cast<char>(number >> (8 * i) & 0xff);
  }
  return out;
}

std::string Head(Type type, std::size_t size) {
  if (size >= 29) throw std::invalid_argument("too long for this writer");
  return {static_cast<char>(type << 5 | static_cast<int>(size))};
}

std::string Head(ExtendedType type, std::size_t size) {
  return {static_cast<char>(size), static_cast<char>(type - 7)};
}

std::string Uint16(std::uint16_t number) {
  return Head(kUint16, 2) + Digits(number, 2);
}

// The bits of an address from the root: IPv4 lies in ::/96.
bool BitOf(const IpPrefix& prefix, int i) {
  constexpr int kMappedOnesStart = 80;
  constexpr int kMappedOnesEnd = 96;
  if (prefix.is_v4() && i >= kMappedOnesStart && i < kMappedOnesEnd) {
    return false;
  }
  const auto byte = prefix.address().bytes()[static_cast<std::size_t>(i) / 8];
  return (byte >> (7 - i % 8) & 1) != 0;
}

std::string Metadata(std::uint32_t node_count) {
  return "\xab\xcd\xefMaxMind.com" +
         MmdbMap({{"node_count", Head(kUint32, 4) + Digits(node_count, 4)},
                  {"record_size", Uint16(32)},
                  {"ip_version", Uint16(6)},
                  {"database_type", MmdbText("Test-City")},
                  {"languages", Head(kArray, 1) + MmdbText("en")},
                  {"binary_format_major_version", Uint16(2)},
                  {"binary_format_minor_version", Uint16(0)},
                  {"build_epoch", Head(kUint64, 8) + Digits(1, 8)},
                  {"description", MmdbMap({{"en", MmdbText("a test")}})}});
}

}  // namespace

std::string MmdbText(std::string_view text) {
  return Head(kText, text.size()) + std::string(text);
}

std::string MmdbDouble(double number) {
  return Head(kDouble, 8) + Digits(std::bit_cast<std::uint64_t>(number), 8);
}

std::string MmdbMap(
    const std::vector<std::pair<std::string_view, std::string>>& members) {
  std::string map = Head(kMap, members.size());
  for (const auto& [name, value] : members) map += MmdbText(name) + value;
  return map;
}

std::string MmdbCity(const Coordinates& place) {
  return MmdbMap(
      {{"location", MmdbMap({{"latitude", MmdbDouble(place.latitude)},
                             {"longitude", MmdbDouble(place.longitude)}})}});
}

void MmdbWriter::Add(std::string_view prefix_text, std::string_view data) {
  const IpPrefix prefix = IpPrefix::Parse(prefix_text).value();
  const auto record = static_cast<std::uint32_t>(data_.size()) | kData;
  data_ += data;
  const int length = prefix.length() + (prefix.is_v4() ? 96 : 0);
  std::size_t node = 0;
  for (int i = 0; i + 1 < length; ++i) {
    const std::uint32_t child = nodes_[node].child[BitOf(prefix, i)];
    if (child < kData) {
      node = child;
      continue;
    }
    // A shorter prefix's data, or nothing, goes down to both sides.
    nodes_[node].child[BitOf(prefix, i)] =
        static_cast<std::uint32_t>(nodes_.size());
    node = nodes_.size();
    nodes_.push_back({{child, child}});
  }
  nodes_[node].child[BitOf(prefix, length - 1)] = record;
}

std::string MmdbWriter::Finish() const {
  constexpr std::uint32_t kSeparator = 16;
  const auto count = static_cast<std::uint32_t>(nodes_.size());
  std::string out;
  for (const Node& node : nodes_) {
    for (std::uint32_t child : node.child) {
      if (child == kNothing) {
        child = count;
      } else if (child >= kData) {
        child = count + kSeparator + (child & ~kData);
      }
      out += Digits(child, 4);
    }
  }
  return out + std::string(kSeparator, '\0') + data_ + Metadata(count);
}

}  // namespace dps
