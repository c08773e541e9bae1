// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/authorization.h"

#include <algorithm>

#include "core/attestation/sas_token.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::chrono::seconds kSkew{60};

tl::unexpected<Error> Refuse(std::string why) {
  return Fail(Errc::kUnauthenticated, std::move(why));
}

bool SignedBy(const SasToken& token, const SecretBytes& key) {
  return !key.empty() &&
         HmacSha256(key, token.resource + "\n" + token.expiry_text) ==
             token.signature;
}

// One text for an unknown policy and a wrong key: names of policies are not
// told to strangers.
tl::unexpected<Error> NotSigned() {
  return Refuse(
      "the token is not signed by a key of a policy of this "
      "instance");
}

Status CheckResource(const SasToken& token, std::string_view host) {
  const std::string resource =
      PercentDecode(token.resource).value_or(token.resource);
  if (HostWithoutPort(resource) == HostWithoutPort(host)) return {};
  return Refuse("the token is for " + Printable(resource) + ", not for " +
                Printable(host));
}

}  // namespace

std::string HostWithoutPort(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos &&
                        ParseDecimal(host.substr(colon + 1)).has_value() &&
                        (host.find(':') == colon || host[colon - 1] == ']');
  return AsciiLower(has_port ? host.substr(0, colon) : host);
}

Result<Instance> InstanceOfHost(Snapshot& snapshot, std::string_view host,
                                const std::optional<std::string>& fallback) {
  const std::string name = HostWithoutPort(host);
  DPS_TRY(const auto instances, snapshot.ListInstances());
  const auto find = [&](auto fits) -> const Instance* {
    const auto found = std::ranges::find_if(instances, fits);
    return found == instances.end() ? nullptr : &*found;
  };
  const Instance* instance = find([&](const Instance& one) {
    return !one.service_host_name.empty() && one.service_host_name == name;
  });
  if (instance == nullptr && name.find('.') != std::string::npos) {
    const std::string label = name.substr(0, name.find('.'));
    instance = find(
        [&](const Instance& one) { return EqualsIgnoreCase(one.name, label); });
  }
  if (instance == nullptr && fallback) {
    instance = find([&](const Instance& one) {
      return EqualsIgnoreCase(one.name, *fallback);
    });
  }
  if (instance == nullptr && !fallback && instances.size() == 1) {
    instance = &instances.front();
  }
  if (instance != nullptr) return *instance;
  return Fail(Errc::kNotFound,
              "no instance is reached by the host name " + Printable(host));
}

Result<Caller> Admit(Snapshot& snapshot, const IdScope& scope,
                     const Admission& admission, UtcTime now) {
  if (admission.authorization.empty()) {
    return Refuse("the request has no Authorization header");
  }
  const auto token = ParseSasToken(admission.authorization);
  if (!token) return Refuse(token.error().message);
  if (token->key_name.empty()) {
    return Refuse("the token names no policy (skn)");
  }
  const auto name = AccessPolicyName::Parse(token->key_name);
  if (!name) return NotSigned();
  DPS_TRY(const auto policy, snapshot.FindAccessPolicy(scope, *name));
  if (!policy || !(SignedBy(*token, policy->primary_key) ||
                   SignedBy(*token, policy->secondary_key))) {
    return NotSigned();
  }
  DPS_CHECK(CheckResource(*token, admission.host));
  DPS_CHECK(CheckSasExpiry(*token, now, kSkew));
  return Caller{.name = "policy " + policy->name.text(),
                .address = std::string(admission.address),
                .rights = policy->rights,
                .scope = scope,
                .is_local = false};
}

}  // namespace dps
