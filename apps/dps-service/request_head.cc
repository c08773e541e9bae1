// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/request_head.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/text.h"

namespace dps {
namespace {

// What clients and proxies may send in several lines.
constexpr auto kLists = std::to_array<std::string_view>(
    {"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language",
     "Cache-Control", "Connection", "Cookie", "Forwarded", "Pragma", "TE",
     "Trailer", "Upgrade", "Via", "Warning", "X-Forwarded-For",
     "X-Forwarded-Host", "X-Forwarded-Proto"});

bool IsList(std::string_view name) {
  return std::ranges::any_of(kLists, [&](std::string_view list) {
    return EqualsIgnoreCase(list, name);
  });
}

Status AddLine(const std::string& name, const std::string& value,
               Headers& headers) {
  if (!IsToken(name)) {
    return Fail(Errc::kInvalidArgument,
                "no name of a header: " + Printable(name));
  }
  const auto [place, added] = headers.emplace(name, value);
  if (added) return {};
  if (!IsList(name)) {
    return Fail(Errc::kInvalidArgument,
                "the request has the header " + Printable(name) + " twice");
  }
  place->second += ", " + value;
  return {};
}

Status ReadFraming(RequestHead& head) {
  const auto encoding = head.headers.find("Transfer-Encoding");
  const auto length = head.headers.find("Content-Length");
  const auto none = head.headers.end();
  if (encoding != none) {
    if (length != none) {
      return Fail(Errc::kInvalidArgument,
                  "the request has both Content-Length and Transfer-Encoding");
    }
    if (!EqualsIgnoreCase(encoding->second, "chunked")) {
      return Fail(Errc::kInvalidArgument,
                  "the only Transfer-Encoding that is understood is chunked");
    }
    head.chunked = true;
  }
  if (length != none) {
    head.content_length = ParseDecimal(length->second);
    if (!head.content_length) {
      return Fail(Errc::kInvalidArgument, "the Content-Length is no number");
    }
  }
  return {};
}

}  // namespace

bool IsToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return IsAsciiAlnum(c) || kMarks.find(c) != kMarks.npos;
  });
}

Result<RequestHead> ReadRequestHead(const HeaderLines& lines) {
  RequestHead head;
  for (const auto& [name, value] : lines) {
    DPS_CHECK(AddLine(name, value, head.headers));
  }
  DPS_CHECK(ReadFraming(head));
  return head;
}

}  // namespace dps
