// SPDX-License-Identifier: Apache-2.0
#include "core/model/ids.h"

#include <algorithm>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

tl::unexpected<Error> Bad(std::string_view kind, std::string_view rule) {
  return Fail(Errc::kInvalidArgument,
              "the " + std::string(kind) + " must be " + std::string(rule));
}

bool IsNameChar(char c) {
  return IsAsciiAlnum(c) || c == '-' || c == '.' || c == '_' || c == ':';
}

bool IsHostLabel(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' &&
         label.back() != '-' && std::ranges::all_of(label, [](char c) {
           return IsAsciiAlnum(c) || c == '-';
         });
}

bool IsHostName(std::string_view text) {
  while (true) {
    const std::size_t dot = text.find('.');
    if (!IsHostLabel(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

template <class Tag>
Result<NameId<Tag>> NameId<Tag>::Parse(std::string_view text) {
  if (text.empty() || text.size() > limits::kRegistrationIdMax) {
    return Bad(Tag::kKind, "1 to 128 characters long");
  }
  if (!std::ranges::all_of(text, IsNameChar)) {
    return Bad(Tag::kKind, "letters, digits, and - . _ : only");
  }
  if (!IsAsciiAlnum(text.front())) {
    return Bad(Tag::kKind, "started by a letter or a digit");
  }
  if (!IsAsciiAlnum(text.back()) && text.back() != '-') {
    return Bad(Tag::kKind, "ended by a letter, a digit or a hyphen");
  }
  return NameId(std::string(text), AsciiLower(text));
}

template class NameId<RegistrationIdTag>;
template class NameId<EnrollmentGroupIdTag>;
template class NameId<CertificateNameTag>;
template class NameId<AccessPolicyNameTag>;

Result<IdScope> IdScope::Parse(std::string_view text) {
  const bool valid = !text.empty() && text.size() <= limits::kIdScopeMax &&
                     std::ranges::all_of(text, [](char c) {
                       return IsAsciiAlnum(c) || c == '-';
                     });
  if (!valid) return Bad("ID scope", "1 to 64 letters, digits and hyphens");
  return IdScope(std::string(text));
}

IdScope IdScope::Generate() {
  std::string hex = HexEncode(RandomSecret(4).Reveal());
  std::ranges::transform(hex, hex.begin(), [](char c) {
    return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return IdScope("0ne" + hex);
}

Result<HubName> HubName::Parse(std::string_view text) {
  if (text.size() > limits::kHubNameMax || !IsHostName(text)) {
    return Bad("hub name", "a host name like hub-1.example.com");
  }
  return HubName(AsciiLower(text));
}

Status CheckDeviceId(std::string_view text) {
  // IoT Hub device ids: alphanumerics and these (Azure: iot-hub-devguide
  // "identity registry").
  constexpr std::string_view kPunctuation = "-.%_*?!(),:=@$'";
  const bool valid =
      !text.empty() && text.size() <= limits::kDeviceIdMax &&
      std::ranges::all_of(text, [&](char c) {
        return IsAsciiAlnum(c) || kPunctuation.find(c) != text.npos;
      });
  if (!valid) {
    return Bad("device id",
               "1 to 128 letters, digits and - . % _ * ? ! ( ) , : = @ $ '");
  }
  return {};
}

}  // namespace dps
