// SPDX-License-Identifier: Apache-2.0
// The header lines of an HTTP request: what of them is ambiguous is refused
// (RFC 9110 section 5.3, RFC 9112 section 6.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/service_api/message.h"

namespace dps {

// In the order they came, values without blanks around them.
using HeaderLines = std::vector<std::pair<std::string, std::string>>;

struct RequestHead {
  Headers headers;
  bool chunked = false;
  // Of the body, if it is declared; without it and `chunked` there is no body.
  std::optional<std::uint64_t> content_length;
};

// Pure. Lines of one name become one only where HTTP defines the header as a
// list that nobody decides by (Accept, Via, ...); any other name comes once.
// Errors: kInvalidArgument (a name that is no token, a name given twice, a
// Content-Length that is no number, another Transfer-Encoding than `chunked`,
// both of them).
[[nodiscard]] Result<RequestHead> ReadRequestHead(const HeaderLines& lines);

// A method or a header's name: one or more characters of a token (RFC 9110
// section 5.6.2).
bool IsToken(std::string_view text);

}  // namespace dps
