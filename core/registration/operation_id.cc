// SPDX-License-Identifier: Apache-2.0
#include "core/registration/operation_id.h"

#include <charconv>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::string_view kPrefix = "4.";
constexpr std::size_t kMacDigits = 16;
constexpr std::size_t kGuidSize = 36;
constexpr std::size_t kGuidAt = kPrefix.size() + kMacDigits + 1;
constexpr std::size_t kSize = kGuidAt + kGuidSize;
static_assert(kSize <= limits::kOperationIdMax);

std::string Mac(const SecretBytes& key, const RegistrationId& id,
                std::string_view guid, bool with_payload) {
  std::string message = id.key();
  message += '\n';
  message += guid;
  message += with_payload ? "\npayload" : "\n";
  const SecretBytes mac = HmacSha256(key, message);
  return HexEncode(mac.Reveal().substr(0, kMacDigits / 2));
}

// RFC 9562 section 5.7: 48 bits of Unix milliseconds, then random bits.
std::string TimeOrderedGuid(UtcTime now) {
  std::string guid = NewGuid();
  const auto ms = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch())
          .count());
  std::string time(6, '\0');
  for (std::size_t i = 0; i < time.size(); ++i) {
    time[i] = static_cast<char>(ms >> (8 * (time.size() - 1 - i)));
  }
  const std::string hex = HexEncode(time);
  guid.replace(0, 8, hex, 0, 8);
  guid.replace(9, 4, hex, 8, 4);
  guid[14] = '7';
  return guid;
}

std::optional<UtcTime> TimeOf(std::string_view guid) {
  std::string hex(guid.substr(0, 8));
  hex += guid.substr(9, 4);
  std::uint64_t ms = 0;
  const char* end = hex.data() + hex.size();
  const auto [stop, error] = std::from_chars(hex.data(), end, ms, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return UtcTime(std::chrono::milliseconds(ms));
}

}  // namespace

std::string NewOperationId(const SecretBytes& key, const RegistrationId& id,
                           bool with_payload, UtcTime now) {
  const std::string guid = TimeOrderedGuid(now);
  std::string operation_id(kPrefix);
  operation_id += Mac(key, id, guid, with_payload);
  operation_id += '.';
  operation_id += guid;
  return operation_id;
}

std::optional<OperationTrace> TraceOperationId(const SecretBytes& key,
                                               const RegistrationId& id,
                                               std::string_view operation_id) {
  if (operation_id.size() != kSize || !operation_id.starts_with(kPrefix) ||
      operation_id[kGuidAt - 1] != '.') {
    return std::nullopt;
  }
  const std::string_view mac = operation_id.substr(kPrefix.size(), kMacDigits);
  const std::string_view guid = operation_id.substr(kGuidAt);
  for (const bool with_payload : {false, true}) {
    if (!ConstantTimeEqual(mac, Mac(key, id, guid, with_payload))) continue;
    const auto issued = TimeOf(guid);
    if (issued) return OperationTrace{*issued, with_payload};
  }
  return std::nullopt;
}

}  // namespace dps
