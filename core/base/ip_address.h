// SPDX-License-Identifier: Apache-2.0
// Addresses and prefixes of IPv4 and IPv6 as value types. Never asks DNS.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace dps {

// Kept as 16 bytes in network order, IPv4 in its mapped form ::ffff:a.b.c.d
// (RFC 4291 section 2.5.5.2): what arrives in that form is the IPv4 address.
class IpAddress {
 public:
  using Bytes = std::array<std::uint8_t, 16>;

  static constexpr std::size_t kV4Bytes = 4;

  explicit IpAddress(const Bytes& bytes) : bytes_(bytes) {}
  static IpAddress OfV4(std::span<const std::uint8_t, kV4Bytes> bytes);

  // Numbers only. A zone (`fe80::1%eth0`) is dropped: it names an interface
  // of this machine. Errors: kInvalidArgument.
  [[nodiscard]] static Result<IpAddress> Parse(std::string_view text);

  const Bytes& bytes() const { return bytes_; }
  bool is_v4() const;
  // As RFC 5952 writes it; IPv4 as four decimals.
  std::string text() const;

  // IPv4 stands among IPv6 as its mapped form does.
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  Bytes bytes_;
};

// The addresses of one family that share their first bits.
class IpPrefix {
 public:
  // CIDR: `10.0.0.0/8`, `2001:db8::/32`. A mapped prefix of at least 96 bits is
  // the IPv4 one. Errors: kInvalidArgument; where bits behind the length are
  // set, the message names the prefix that was probably meant.
  [[nodiscard]] static Result<IpPrefix> Parse(std::string_view text);

  const IpAddress& address() const { return address_; }
  bool is_v4() const { return is_v4_; }
  // Bits in the family's own count: 0 to 32, 0 to 128.
  int length() const { return is_v4_ ? length_ - kMappedBits : length_; }
  // False across families: ::/0 is all of IPv6 and nothing of IPv4.
  bool Covers(const IpAddress& address) const;
  std::string text() const;

  // By family (IPv4 first), address, length: a prefix stands before those it
  // covers.
  friend std::strong_ordering operator<=>(const IpPrefix& a, const IpPrefix& b);
  friend bool operator==(const IpPrefix&, const IpPrefix&) = default;

 private:
  static constexpr int kMappedBits = 96;

  IpPrefix(IpAddress address, int length, bool is_v4)
      : address_(address), length_(length), is_v4_(is_v4) {}

  IpAddress address_;
  int length_;  // of the 16 bytes
  bool is_v4_;
};

}  // namespace dps
