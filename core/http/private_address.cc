// SPDX-License-Identifier: Apache-2.0
#include "core/http/private_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace dps {
namespace {

using Ip4 = std::array<std::uint8_t, 4>;
using Ip6 = std::array<std::uint8_t, 16>;
using Bytes = std::span<const std::uint8_t>;

template <class Address>
struct Block {
  Address first;
  std::size_t bits;
};

constexpr std::array kPrivate4 = {
    Block<Ip4>{{0, 0, 0, 0}, 8},       // this network
    Block<Ip4>{{10, 0, 0, 0}, 8},      // RFC 1918
    Block<Ip4>{{100, 64, 0, 0}, 10},   // carrier-grade NAT, RFC 6598
    Block<Ip4>{{127, 0, 0, 0}, 8},     // loopback
    Block<Ip4>{{169, 254, 0, 0}, 16},  // link-local; clouds' metadata
    Block<Ip4>{{172, 16, 0, 0}, 12},   // RFC 1918
    Block<Ip4>{{192, 0, 0, 0}, 24},    // protocol assignments, RFC 6890
    Block<Ip4>{{192, 168, 0, 0}, 16},  // RFC 1918
    Block<Ip4>{{198, 18, 0, 0}, 15},   // benchmarks, RFC 2544
    Block<Ip4>{{224, 0, 0, 0}, 4},     // multicast
    Block<Ip4>{{240, 0, 0, 0}, 4},     // reserved, and broadcast
};

constexpr std::array kPrivate6 = {
    Block<Ip6>{{}, 127},                          // :: and ::1
    Block<Ip6>{{0, 0x64, 0xff, 0x9b, 0, 1}, 48},  // local NAT64, RFC 8215
    Block<Ip6>{{0x20, 0x01, 0, 0}, 32},           // Teredo: IPv4 disguised
    Block<Ip6>{{0xfc}, 7},                        // unique local, RFC 4193
    Block<Ip6>{{0xfe, 0x80}, 10},                 // link-local
    Block<Ip6>{{0xfe, 0xc0}, 10},                 // site-local, RFC 3879
    Block<Ip6>{{0xff}, 8},                        // multicast
};

// Blocks of IPv6 that hold an IPv4 address right behind their prefix.
constexpr std::array kHolding4 = {
    Block<Ip6>{{}, 96},                                          // compatible
    Block<Ip6>{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96},  // mapped
    Block<Ip6>{{0, 0x64, 0xff, 0x9b}, 96},                       // NAT64
    Block<Ip6>{{0x20, 0x02}, 16},                                // 6to4
};

template <class Address>
bool IsIn(Bytes address, const Block<Address>& block) {
  const std::size_t whole = block.bits / 8;
  if (!std::equal(block.first.begin(), block.first.begin() + whole,
                  address.begin())) {
    return false;
  }
  const std::size_t rest = block.bits % 8;
  if (rest == 0) return true;
  return ((address[whole] ^ block.first[whole]) >> (8 - rest)) == 0;
}

bool IsPrivate4(Bytes address) {
  return std::ranges::any_of(
      kPrivate4, [&](const auto& block) { return IsIn(address, block); });
}

bool IsPrivate6(Bytes address) {
  return std::ranges::any_of(
             kPrivate6,
             [&](const auto& block) { return IsIn(address, block); }) ||
         std::ranges::any_of(kHolding4, [&](const auto& block) {
           return IsIn(address, block) &&
                  IsPrivate4(address.subspan(block.bits / 8, 4));
         });
}

// The address in network order; empty for other families.
Bytes BytesOf(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& ip4 = reinterpret_cast<const sockaddr_in&>(address);
    return {reinterpret_cast<const std::uint8_t*>(&ip4.sin_addr), 4};
  }
  if (address.sa_family == AF_INET6) {
    const auto& ip6 = reinterpret_cast<const sockaddr_in6&>(address);
    return {reinterpret_cast<const std::uint8_t*>(&ip6.sin6_addr), 16};
  }
  return {};
}

}  // namespace

bool IsPrivateAddress(const sockaddr& address) {
  const Bytes bytes = BytesOf(address);
  if (bytes.size() == 4) return IsPrivate4(bytes);
  return bytes.empty() || IsPrivate6(bytes);
}

std::string AddressText(const sockaddr& address) {
  const Bytes bytes = BytesOf(address);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (bytes.empty() || inet_ntop(address.sa_family, bytes.data(), text.data(),
                                 text.size()) == nullptr) {
    return "an unknown family";
  }
  return text.data();
}

}  // namespace dps
