// SPDX-License-Identifier: Apache-2.0
#include "core/base/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <tuple>

#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedStart = {0, 0, 0, 0, 0,    0,
                                                       0, 0, 0, 0, 0xff, 0xff};
constexpr int kAddressBits = 128;
constexpr int kByteBits = 8;

tl::unexpected<Error> Bad(std::string_view text, std::string_view wanted) {
  return Fail(Errc::kInvalidArgument,
              "'" + Printable(text) + "' is not " + std::string(wanted));
}

// `bytes` with every bit behind the first `length` cleared.
IpAddress Start(IpAddress::Bytes bytes, int length) {
  for (int i = 0; i < static_cast<int>(bytes.size()); ++i) {
    const int kept = std::clamp(length - i * kByteBits, 0, kByteBits);
    const auto rest = static_cast<std::uint8_t>(0xff >> kept);
    auto& byte = bytes[static_cast<std::size_t>(i)];
    byte = static_cast<std::uint8_t>(byte & ~rest);
  }
  return IpAddress(bytes);
}

}  // namespace

IpAddress IpAddress::OfV4(std::span<const std::uint8_t, kV4Bytes> bytes) {
  Bytes mapped{};
  std::ranges::copy(kMappedStart, mapped.begin());
  std::ranges::copy(bytes, mapped.begin() + kMappedStart.size());
  return IpAddress(mapped);
}

Result<IpAddress> IpAddress::Parse(std::string_view text) {
  const std::string number(text.substr(0, text.find('%')));
  Bytes bytes{};
  // inet_pton reads up to a zero byte.
  const bool whole = number.find('\0') == number.npos;
  if (whole && inet_pton(AF_INET6, number.c_str(), bytes.data()) == 1) {
    return IpAddress(bytes);
  }
  std::array<std::uint8_t, kV4Bytes> v4{};
  if (whole && number.size() == text.size() &&
      inet_pton(AF_INET, number.c_str(), v4.data()) == 1) {
    return OfV4(v4);
  }
  return Bad(text, "an address of IPv4 or IPv6");
}

bool IpAddress::is_v4() const {
  return std::equal(kMappedStart.begin(), kMappedStart.end(), bytes_.begin());
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = is_v4() ? AF_INET : AF_INET6;
  const auto* start = bytes_.data() + (is_v4() ? kMappedStart.size() : 0);
  inet_ntop(family, start, text.data(), text.size());
  return text.data();
}

Result<IpPrefix> IpPrefix::Parse(std::string_view text) {
  constexpr std::string_view kWanted =
      "a prefix like 10.0.0.0/8 or "
      "2001:db8::/32";
  const std::size_t slash = text.find('/');
  if (slash == text.npos) return Bad(text, kWanted);
  const std::string_view number = text.substr(0, slash);
  const auto address = IpAddress::Parse(number);
  const auto length = ParseDecimal(text.substr(slash + 1));
  if (!address || !length || number.find('%') != number.npos) {
    return Bad(text, kWanted);
  }
  // How it is written tells what the length counts.
  const bool dotted = number.find(':') == number.npos;
  const int length_max = dotted ? kAddressBits - kMappedBits : kAddressBits;
  if (*length > static_cast<std::uint64_t>(length_max)) {
    return Bad(text, kWanted);
  }
  const int bits = static_cast<int>(*length) + (dotted ? kMappedBits : 0);
  const IpAddress first = Start(address->bytes(), bits);
  const IpPrefix prefix(first, bits, first.is_v4() && bits >= kMappedBits);
  if (first != *address) {
    return Fail(Errc::kInvalidArgument, "'" + std::string(text) +
                                            "' sets bits behind its length; "
                                            "the prefix is " +
                                            prefix.text());
  }
  return prefix;
}

bool IpPrefix::Covers(const IpAddress& address) const {
  return address.is_v4() == is_v4_ &&
         Start(address.bytes(), length_) == address_;
}

std::string IpPrefix::text() const {
  return address_.text() + "/" + std::to_string(length());
}

std::strong_ordering operator<=>(const IpPrefix& a, const IpPrefix& b) {
  // v4 first, so the greater flag comes first.
  return std::tie(b.is_v4_, a.address_, a.length_) <=>
         std::tie(a.is_v4_, b.address_, b.length_);
}

}  // namespace dps
