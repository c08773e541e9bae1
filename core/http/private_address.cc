// SPDX-License-Identifier: Apache-2.0
#include "core/http/private_address.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace dps {
namespace {

constexpr std::array kPrivateBlocks = {
    "0.0.0.0/8",        // this network
    "10.0.0.0/8",       // RFC 1918
    "100.64.0.0/10",    // carrier-grade NAT, RFC 6598
    "127.0.0.0/8",      // loopback
    "169.254.0.0/16",   // link-local; clouds' metadata
    "172.16.0.0/12",    // RFC 1918
    "192.0.0.0/24",     // protocol assignments, RFC 6890
    "192.0.2.0/24",     // documentation, RFC 5737
    "192.168.0.0/16",   // RFC 1918
    "198.18.0.0/15",    // benchmarks, RFC 2544
    "198.51.100.0/24",  // documentation
    "203.0.113.0/24",   // documentation
    "224.0.0.0/4",      // multicast
    "240.0.0.0/4",      // reserved, and broadcast
    "::/127",           // unspecified and loopback
    "::ffff:0:0:0/96",  // translated IPv4, RFC 2765
    "64:ff9b:1::/48",   // local NAT64, RFC 8215
    "100::/64",         // discarded, RFC 6666
    "2001::/32",        // Teredo: an IPv4 address in disguise
    "2001:db8::/32",    // documentation, RFC 3849
    "fc00::/7",         // unique local, RFC 4193
    "fe80::/10",        // link-local
    "fec0::/10",        // site-local, RFC 3879
    "ff00::/8",         // multicast
};

// Blocks of IPv6 that hold an IPv4 address right behind their prefix.
// IpAddress takes a mapped one for what it is.
constexpr std::array kHolding4 = {
    "::/96",         // compatible, RFC 4291 section 2.5.5.1
    "64:ff9b::/96",  // NAT64, RFC 6052
    "2002::/16",     // 6to4, RFC 3056
};

template <class Texts>
std::vector<IpPrefix> Parsed(const Texts& texts) {
  std::vector<IpPrefix> prefixes;
  prefixes.reserve(texts.size());
  for (const char* text : texts) {
    prefixes.push_back(IpPrefix::Parse(text).value());
  }
  return prefixes;
}

std::optional<IpAddress> HeldBy(const IpAddress& address) {
  static const std::vector<IpPrefix> holding = Parsed(kHolding4);
  for (const IpPrefix& prefix : holding) {
    if (!prefix.Covers(address)) continue;
    return IpAddress::OfV4(
        std::span(address.bytes())
            .subspan(static_cast<std::size_t>(prefix.length() / 8))
            .first<IpAddress::kV4Bytes>());
  }
  return std::nullopt;
}

}  // namespace

bool IsPrivateAddress(const IpAddress& address) {
  static const std::vector<IpPrefix> blocks = Parsed(kPrivateBlocks);
  const bool is_private = std::ranges::any_of(
      blocks, [&](const IpPrefix& block) { return block.Covers(address); });
  const auto held = HeldBy(address);
  return is_private || (held && IsPrivateAddress(*held));
}

}  // namespace dps
