// SPDX-License-Identifier: Apache-2.0
// The identifiers of DPS as value types: parsed once, valid ever after.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace dps {

// A case-insensitive identifier of letters, digits and `- . _ :`, 1 to 128
// characters, starting with a letter or digit, ending with a letter, digit or
// `-` (Azure: concepts-service "registration ID"). Keeps the text as given;
// compares by its lower-case key. Tag keeps the kinds apart.
template <class Tag>
class NameId {
 public:
  // Errors: kInvalidArgument, the message names the kind.
  [[nodiscard]] static Result<NameId> Parse(std::string_view text);

  const std::string& text() const { return text_; }
  const std::string& key() const { return key_; }

  friend bool operator==(const NameId& a, const NameId& b) {
    return a.key_ == b.key_;
  }
  friend auto operator<=>(const NameId& a, const NameId& b) {
    return a.key_ <=> b.key_;
  }

 private:
  NameId(std::string text, std::string key)
      : text_(std::move(text)), key_(std::move(key)) {}

  std::string text_;
  std::string key_;
};

struct RegistrationIdTag {
  static constexpr std::string_view kKind = "registration id";
};
struct EnrollmentGroupIdTag {
  static constexpr std::string_view kKind = "enrollment group id";
};

struct CertificateNameTag {
  static constexpr std::string_view kKind = "certificate name";
};

struct AccessPolicyNameTag {
  static constexpr std::string_view kKind = "policy name";
};

using RegistrationId = NameId<RegistrationIdTag>;
using EnrollmentGroupId = NameId<EnrollmentGroupIdTag>;
// Names a CA certificate of an instance.
using CertificateName = NameId<CertificateNameTag>;
// Names a shared access policy of an instance.
using AccessPolicyName = NameId<AccessPolicyNameTag>;

// Names a tenant; compared exactly. Letters, digits and `-`, 1 to 64.
class IdScope {
 public:
  // Errors: kInvalidArgument.
  [[nodiscard]] static Result<IdScope> Parse(std::string_view text);
  // A new one in Azure's form: `0ne` and eight random upper-case hex digits.
  static IdScope Generate();

  const std::string& text() const { return text_; }

  friend auto operator<=>(const IdScope&, const IdScope&) = default;

 private:
  explicit IdScope(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

// The host name of a linked hub: DNS letters, digits, `-` and `.`, at most
// 253; kept in lower case, for DNS names know no case.
class HubName {
 public:
  // Errors: kInvalidArgument.
  [[nodiscard]] static Result<HubName> Parse(std::string_view text);

  const std::string& text() const { return text_; }
  const std::string& key() const { return text_; }

  friend auto operator<=>(const HubName&, const HubName&) = default;

 private:
  explicit HubName(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

// A hub device id: 1 to 128 characters of the set IoT Hub allows, case kept.
// Errors: kInvalidArgument.
[[nodiscard]] Status CheckDeviceId(std::string_view text);

}  // namespace dps
