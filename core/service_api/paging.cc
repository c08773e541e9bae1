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

// A token is the base64 of the last key sent, and every key is an id.
Result<std::string> ParseContinuation(const Headers& headers) {
  const auto header = headers.find("x-ms-continuation");
  if (header == headers.end() || header->second.empty()) return std::string();
  const auto key = Base64Decode(header->second);
  if (key) {
    const auto id = RegistrationId::Parse(key->Reveal());
    if (id) return id->key();
  }
  return Fail(Errc::kInvalidArgument,
              "x-ms-continuation is not a token of this service");
}

}  // namespace

Result<Page> ParsePage(const Request& request) {
  if (!request.body.empty()) {
    DPS_CHECK(JsonDocument::ParseObject(request.body).map([](auto&&) {}));
  }
  Page page;
  DPS_TRY(page.limit, ParseCount(request.headers));
  DPS_TRY(page.after, ParseContinuation(request.headers));
  return page;
}

}  // namespace dps
