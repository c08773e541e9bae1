// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/connect.h"

#include <algorithm>
#include <array>

#include "core/base/limits.h"
#include "core/base/parameters.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::string_view kSeparator = "/registrations/";

// device-protocol section 3, "API versions".
constexpr std::array<std::string_view, 10> kKnownApiVersions = {
    "2017-11-15",         "2018-09-01-preview", "2018-11-01",
    "2019-03-31",         "2021-06-01",         "2021-10-01",
    "2025-07-01-preview", "2026-11-01",         "2026-11-02-preview",
    "2026-11-15-preview",
};

// yyyy-mm-dd or yyyy-mm-dd-preview.
bool LooksLikeApiVersion(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-dd";
  const auto fits = [](char c, char form) {
    return form == 'd' ? IsAsciiDigit(c) : c == form;
  };
  const std::string_view rest =
      text.substr(std::min(kForm.size(), text.size()));
  return std::ranges::equal(text.substr(0, kForm.size()), kForm, fits) &&
         (rest.empty() || rest == "-preview");
}

Result<std::string> ParseApiVersion(std::string_view parameters,
                                    ApiVersionRule rule) {
  DPS_TRY(const auto version, FindParameter(parameters, "api-version"));
  if (!version) {
    return Fail(Errc::kInvalidArgument, "the username has no api-version");
  }
  DPS_CHECK(CheckApiVersion(*version, rule));
  return std::string(*version);
}

// For the log only, so what cannot be decoded is shown as it came.
Result<std::string> ReadClientVersion(std::string_view parameters) {
  DPS_TRY(const auto version, FindParameter(parameters, "ClientVersion"));
  const std::string_view sent = version.value_or("");
  return Printable(PercentDecode(sent).value_or(std::string(sent)));
}

}  // namespace

Status CheckApiVersion(std::string_view version, ApiVersionRule rule) {
  const bool accepted = rule == ApiVersionRule::kAny
                            ? LooksLikeApiVersion(version)
                            : std::ranges::find(kKnownApiVersions, version) !=
                                  kKnownApiVersions.end();
  if (accepted) return {};
  return Fail(Errc::kInvalidArgument,
              "api-version " + Printable(version, 40) + " is not supported");
}

bool SpeaksDps(std::string_view username) {
  return username.find(kSeparator) != username.npos;
}

Result<ConnectRequest> ParseUsername(std::string_view username,
                                     ApiVersionRule rule) {
  if (username.size() > limits::kUsernameMax) {
    return Fail(Errc::kTooLarge, "the username is too long");
  }
  const std::size_t scope_end = username.find(kSeparator);
  if (scope_end == username.npos) {
    return Fail(Errc::kInvalidArgument,
                "the username is not {scope}/registrations/{id}/...");
  }
  const std::string_view rest = username.substr(scope_end + kSeparator.size());
  const std::size_t id_end = rest.rfind('/');
  if (id_end == rest.npos) {
    return Fail(Errc::kInvalidArgument, "the username has no api-version");
  }
  const std::string_view parameters = rest.substr(id_end + 1);
  DPS_TRY(IdScope scope, IdScope::Parse(username.substr(0, scope_end)));
  DPS_TRY(RegistrationId id, RegistrationId::Parse(rest.substr(0, id_end)));
  DPS_TRY(std::string api_version, ParseApiVersion(parameters, rule));
  DPS_TRY(std::string client_version, ReadClientVersion(parameters));
  return ConnectRequest{.id_scope = std::move(scope),
                        .registration_id = std::move(id),
                        .api_version = std::move(api_version),
                        .client_version = std::move(client_version)};
}

Status CheckClientId(std::string_view client_id, const RegistrationId& id) {
  const std::size_t size = id.text().size();
  const bool named = EqualsIgnoreCase(client_id.substr(0, size), id.text());
  const bool fits = client_id.size() <= limits::kClientIdMax;
  if (named && fits && (client_id.size() == size || client_id[size] == '/')) {
    return {};
  }
  return Fail(Errc::kUnauthenticated,
              "client id " + Printable(client_id) +
                  " does not belong to registration id " + id.text());
}

}  // namespace dps
