// SPDX-License-Identifier: Apache-2.0
#include "core/http/connection_string.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/model/ids.h"

namespace dps {
namespace {

constexpr std::size_t kTextMax = 2048;
// Of a policy's name (Azure).
constexpr std::size_t kPolicyMax = 64;

tl::unexpected<Error> Invalid(const std::string& what) {
  return Fail(Errc::kInvalidArgument, what);
}

// nullopt if there is none; the value may hold `=`.
Result<std::optional<std::string_view>> Find(std::string_view fields,
                                             std::string_view name) {
  std::optional<std::string_view> value;
  while (!fields.empty()) {
    const std::string_view field = fields.substr(0, fields.find(';'));
    fields.remove_prefix(std::min(field.size() + 1, fields.size()));
    const std::size_t equals = field.find('=');
    if (equals == field.npos || field.substr(0, equals) != name) continue;
    if (value) return Invalid("has two of " + std::string(name));
    value = field.substr(equals + 1);
  }
  return value;
}

Result<std::string_view> Require(std::string_view fields,
                                 std::string_view name) {
  DPS_TRY(const auto value, Find(fields, name));
  if (value && !value->empty()) return *value;
  return Invalid("lacks " + std::string(name));
}

Status CheckIsPolicys(std::string_view fields) {
  for (const std::string_view name : {"DeviceId", "ModuleId"}) {
    DPS_TRY(const auto value, Find(fields, name));
    if (!value) continue;
    return Invalid("is a device's (it has " + std::string(name) +
                   "); that of a shared access policy is needed");
  }
  return {};
}

Status CheckPolicy(std::string_view policy) {
  const bool printable =
      std::ranges::all_of(policy, [](char c) { return c > ' ' && c <= '~'; });
  if (printable && policy.size() <= kPolicyMax) return {};
  return Invalid("has a malformed SharedAccessKeyName");
}

Result<std::pair<std::string, std::string>> ParseHost(std::string_view text) {
  const std::size_t colon = text.find(':');
  const auto host = HubName::Parse(text.substr(0, colon));
  if (!host) return Invalid("has a malformed HostName");
  if (colon == text.npos) return std::pair(host->text(), host->text());
  const auto port = ParseDecimal(text.substr(colon + 1));
  if (!port || *port == 0 || *port > std::numeric_limits<std::uint16_t>::max())
    return Invalid("has a malformed port behind its HostName");
  return std::pair(host->text(), host->text() + ":" + std::to_string(*port));
}

Result<ConnectionString> Parse(std::string_view text) {
  const std::string_view fields = Trim(text);
  if (fields.size() > kTextMax) return Invalid("is too long");
  DPS_CHECK(CheckIsPolicys(fields));
  DPS_TRY(const std::string_view host_name, Require(fields, "HostName"));
  DPS_TRY(auto host, ParseHost(host_name));
  DPS_TRY(const std::string_view policy,
          Require(fields, "SharedAccessKeyName"));
  DPS_CHECK(CheckPolicy(policy));
  DPS_TRY(const std::string_view key_text, Require(fields, "SharedAccessKey"));
  auto key = Base64Decode(key_text);
  if (!key || key->size() < limits::kSymmetricKeyMin ||
      key->size() > limits::kSymmetricKeyMax) {
    return Invalid("has a malformed SharedAccessKey");
  }
  return ConnectionString{.host = std::move(host.first),
                          .authority = std::move(host.second),
                          .policy = std::string(policy),
                          .key = *std::move(key)};
}

}  // namespace

Result<ConnectionString> ParseConnectionString(std::string_view text,
                                               std::string_view whose) {
  auto parsed = Parse(text);
  if (parsed) return parsed;
  return Fail(parsed.error().code,
              std::string(whose) + " " + parsed.error().message);
}

}  // namespace dps
