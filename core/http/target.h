// SPDX-License-Identifier: Apache-2.0
// Where a request goes: a URL of http or https, checked once.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace dps {

// A URL for others' eyes: its query, which may hold a key, is `?****`
// (service-api section 4). Pure; any text will do.
std::string MaskQuery(std::string_view url);

class HttpTarget {
 public:
  // An http or https URL with a host, of printable ASCII, at most
  // limits::kWebhookUrlMax long; without user information, which would show in
  // every log, and without a fragment, which no server sees.
  // Errors: kInvalidArgument, saying what is wrong but not repeating the URL.
  [[nodiscard]] static Result<HttpTarget> Parse(std::string_view url);

  // As it was given.
  const std::string& url() const { return url_; }
  // `https://host:443`: what stands or falls together. Lower case; a numeric
  // host in its usual form.
  const std::string& origin() const { return origin_; }
  // The host alone, as in origin().
  const std::string& host() const { return host_; }
  std::string Masked() const { return MaskQuery(url_); }

 private:
  HttpTarget() = default;

  std::string url_;
  std::string origin_;
  std::string host_;
};

}  // namespace dps
