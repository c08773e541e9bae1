// SPDX-License-Identifier: Apache-2.0
#include "core/http/target.h"

#include <curl/curl.h>

#include <algorithm>

#include "core/base/handle.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

using UrlHandle = Handle<CURLU, curl_url_cleanup>;
using CurlText = Handle<char, curl_free>;

tl::unexpected<Error> InvalidUrl(const std::string& what) {
  return Fail(Errc::kInvalidArgument, "the URL " + what);
}

Status CheckCharacters(std::string_view url) {
  if (url.size() > limits::kWebhookUrlMax) {
    return InvalidUrl("is longer than " +
                      std::to_string(limits::kWebhookUrlMax) + " characters");
  }
  if (!std::ranges::all_of(url, [](char c) { return c > ' ' && c <= '~'; })) {
    return InvalidUrl("holds a blank or a character that is not ASCII");
  }
  // Nothing else in a URL is written with it (RFC 3986 section 3.5).
  if (url.find('#') != url.npos) return InvalidUrl("has a fragment (#)");
  return {};
}

// Lower case; "" if the URL has no such part.
std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) {
    return {};
  }
  return AsciiLower(CurlText(text).get());
}

}  // namespace

std::string MaskQuery(std::string_view url) {
  const std::size_t query = url.find('?');
  std::string shown(url.substr(0, query));
  return query == url.npos ? shown : shown + "?****";
}

Result<HttpTarget> HttpTarget::Parse(std::string_view url) {
  DPS_CHECK(CheckCharacters(url));
  HttpTarget target;
  target.url_ = url;
  const UrlHandle parsed(curl_url());
  if (parsed == nullptr) return Fail(Errc::kInternal, "no memory for a URL");
  const CURLUcode code =
      curl_url_set(parsed.get(), CURLUPART_URL, target.url_.c_str(),
                   CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER);
  if (code == CURLUE_USER_NOT_ALLOWED) {
    return InvalidUrl("holds a user name or password");
  }
  if (code != CURLUE_OK) {
    return InvalidUrl(std::string("is not valid: ") + curl_url_strerror(code));
  }
  const std::string scheme = Part(parsed.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") {
    return InvalidUrl("must start with https:// or http://");
  }
  target.host_ = Part(parsed.get(), CURLUPART_HOST);
  if (target.host_.empty()) return InvalidUrl("names no host");
  target.origin_ =
      scheme + "://" + target.host_ + ":" + Part(parsed.get(), CURLUPART_PORT);
  return target;
}

}  // namespace dps
