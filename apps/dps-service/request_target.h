// SPDX-License-Identifier: Apache-2.0
// The target of an HTTP request, as its first line has it, in parts.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace dps {

struct RequestTarget {
  std::string path;                          // as sent: percent-encoded
  std::map<std::string, std::string> query;  // decoded, `+` stays `+`
};

// Pure. A parameter without `=` has an empty value; empty ones are passed over.
// Errors: kInvalidArgument (it does not begin with a slash, bad
// percent-encoding in the path or the query, a parameter given twice: two
// readers could then see two values).
[[nodiscard]] Result<RequestTarget> ParseRequestTarget(std::string_view target);

}  // namespace dps
