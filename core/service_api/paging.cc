// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/paging.h"

#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

Result<std::size_t> ParseCount(const Headers& headers) {
  const auto header = headers.find("x-ms-max-item-count");
  if (header == headers.end() || header->second.empty()) {
    return limits::kQueryPageDefault;
  }
  const auto count = ParseDecimal(header->second);
  if (!count || *count == 0) {
    return Fail(Errc::kInvalidArgument,
                "x-ms-max-item-count must be a positive number");
  }
  return std::min<std::size_t>(*count, limits::kQueryPageMax);
}

// No key of a hub task is longer.
constexpr std::size_t kHubTaskKeyMax =
    2 + limits::kHubNameMax + 1 + limits::kDeviceIdMax;

// The key as the store has it, if `text` can be one.
std::optional<std::string> KeyOf(const std::string& text, PageOf of) {
  if (of == PageOf::kHubTasks) {
    return text.size() > kHubTaskKeyMax ||
                   Printable(text, kHubTaskKeyMax) != text
               ? std::nullopt
               : std::optional(text);
  }
  const auto id = RegistrationId::Parse(text);
  return id ? std::optional(id->key()) : std::nullopt;
}

// A token is the base64 of the last key sent.
Result<std::string> ParseContinuation(const Headers& headers, PageOf of) {
  const auto header = headers.find("x-ms-continuation");
  if (header == headers.end() || header->second.empty()) return std::string();
  if (const auto text = Base64Decode(header->second)) {
    const auto key = KeyOf(std::string(text->Reveal()), of);
    if (key) return *key;
  }
  return Fail(Errc::kInvalidArgument,
              "x-ms-continuation is not a token of this service");
}

}  // namespace

Result<Page> ParsePage(const Request& request, PageOf of) {
  if (!request.body.empty()) {
    DPS_CHECK(JsonDocument::ParseObject(request.body).map([](auto&&) {}));
  }
  Page page;
  DPS_TRY(page.limit, ParseCount(request.headers));
  DPS_TRY(page.after, ParseContinuation(request.headers, of));
  return page;
}

}  // namespace dps
