// SPDX-License-Identifier: Apache-2.0
#include "core/hub/mosquitto_address.h"

#include <algorithm>

#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::string_view kPlain = "mqtt://";
constexpr std::string_view kTls = "mqtts://";
constexpr std::size_t kHostMax = 253;  // a DNS name

tl::unexpected<Error> BadUrl() {
  return Fail(Errc::kInvalidArgument,
              "the hub's URL must be mqtt://host[:port] or "
              "mqtts://host[:port]");
}

bool IsHostChar(char c) {
  return IsAsciiAlnum(c) || c == '-' || c == '.' || c == '_';
}

bool IsIpv6Char(char c) { return IsAsciiAlnum(c) || c == ':' || c == '.'; }

}  // namespace

Result<MosquittoAddress> ParseMosquittoUrl(std::string_view url) {
  MosquittoAddress address;
  address.tls = url.starts_with(kTls);
  if (!address.tls && !url.starts_with(kPlain)) return BadUrl();
  std::string_view rest = url.substr(address.tls ? kTls.size() : kPlain.size());
  const bool bracketed = rest.starts_with('[');
  const std::size_t host_end = rest.find(bracketed ? ']' : ':');
  if (bracketed && host_end == std::string_view::npos) return BadUrl();
  const std::string_view host =
      rest.substr(0, host_end).substr(bracketed ? 1 : 0);
  const bool valid =
      !host.empty() && host.size() <= kHostMax &&
      std::ranges::all_of(host, bracketed ? IsIpv6Char : IsHostChar);
  if (!valid) return BadUrl();
  address.host = host;
  rest = host_end == std::string_view::npos
             ? std::string_view()
             : rest.substr(host_end + (bracketed ? 1 : 0));
  address.port = address.tls ? 8883 : 1883;
  if (rest.empty()) return address;
  const auto port = ParseDecimal(rest.substr(1));
  if (rest.front() != ':' || !port || *port < 1 || *port > 65'535) {
    return BadUrl();
  }
  address.port = static_cast<int>(*port);
  return address;
}

}  // namespace dps
