// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/authorization.h"

#include <doctest/doctest.h>

#include "core/base/text.h"
#include "core/store/memory_store.h"
#include "tests/support/sample_documents.h"

namespace dps {
namespace {

const IdScope kScope = Scope("0ne00000001");
constexpr std::string_view kHost = "sample.dps.example";

class Gate {
 public:
  Gate() {
    REQUIRE(store_.Commit(
        {.changes = {
             Put<Instance>{kScope, InstanceDocument("0ne00000001"), {}},
             Put<AccessPolicy>{kScope, AccessPolicyDocument("ops"), {}}}}));
  }

  Result<Caller> Admit(const std::string& authorization,
                       std::string_view host = kHost,
                       const IdScope& scope = kScope) {
    const auto snapshot = store_.Read().value();
    return dps::Admit(
        *snapshot, scope,
        {.authorization = authorization, .host = host, .address = "192.0.2.7"},
        kNoon);
  }

 private:
  MemoryStore store_;
};

std::string ExpiryIn(std::chrono::seconds life) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(kNoon + life)
                            .time_since_epoch()
                            .count());
}

// `resource` is signed as it stands.
std::string Token(const std::string& resource,
                  std::string_view key = "primary-policy-key",
                  const std::string& expiry = ExpiryIn(std::chrono::hours{1}),
                  const std::string& policy = "ops") {
  const SecretBytes signature =
      HmacSha256(SecretBytes(key), resource + "\n" + expiry);
  return "SharedAccessSignature sr=" + resource +
         "&sig=" + PercentEncode(Base64Encode(signature.Reveal())) +
         "&skn=" + policy + "&se=" + expiry;
}

}  // namespace

TEST_CASE("authorization: a token of either key opens the instance") {
  Gate gate;
  for (const char* key : {"primary-policy-key", "secondary-policy-key"}) {
    const auto caller = gate.Admit(Token(std::string(kHost), key));
    REQUIRE(caller);
    CHECK(caller->name == "policy ops");
    CHECK(caller->address == "192.0.2.7");
    CHECK(caller->rights == AccessRights::All());
    CHECK(caller->scope == kScope);
    CHECK_FALSE(caller->is_local);
  }
}

TEST_CASE("authorization: the resource may be encoded and have a port") {
  Gate gate;
  for (const char* resource :
       {"sample.dps.example", "SAMPLE.dps.example", "sample.dps.example%3A8443",
        "sample.dps.example%3a8443", "sample.dps.example:8443",
        "sample%2Edps.example"}) {
    CHECK(gate.Admit(Token(resource)));
    CHECK(gate.Admit(Token(resource), "sample.dps.example:444"));
  }
}

TEST_CASE("authorization: fields stand in any order, the policy in any case") {
  Gate gate;
  const std::string token = Token(std::string(kHost));
  const std::size_t sig = token.find("&sig=");
  const std::size_t skn = token.find("&skn=");
  CHECK(gate.Admit("SharedAccessSignature " + token.substr(sig + 1, skn - sig) +
                   "sr=" + std::string(kHost) + token.substr(skn)));
  CHECK(gate.Admit(Token(std::string(kHost), "primary-policy-key",
                         ExpiryIn(std::chrono::hours{1}), "OPS")));
}

TEST_CASE("authorization: each failing proof is refused with its reason") {
  Gate gate;
  const std::string host(kHost);
  const auto why = [&](const std::string& authorization) {
    const auto caller = gate.Admit(authorization);
    REQUIRE_FALSE(caller);
    CHECK(caller.error().code == Errc::kUnauthenticated);
    return caller.error().message;
  };
  CHECK(why("") == "the request has no Authorization header");
  CHECK(why("Bearer abc").starts_with("SAS token:"));
  CHECK(why(std::string(5000, 'a')) == "the SAS token is too long");
  CHECK(why(Token(host, "another-key-01234")) ==
        "the token is not signed by a key of a policy of this instance");
  CHECK(why(Token(host, "primary-policy-key", ExpiryIn(std::chrono::hours{1}),
                  "nobody")) ==
        "the token is not signed by a key of a policy of this instance");
  CHECK(why(Token(host, "primary-policy-key", ExpiryIn(std::chrono::hours{1}),
                  "")) == "the token names no policy (skn)");
  CHECK(why(Token(host, "primary-policy-key",
                  ExpiryIn(-std::chrono::seconds{120})))
            .starts_with("the SAS token expired at "));
  CHECK(why(Token("other.dps.example")) ==
        "the token is for other.dps.example, not for sample.dps.example");
}

TEST_CASE("authorization: a resource changed after it was signed is refused") {
  Gate gate;
  std::string token = Token("other.dps.example");
  token.replace(token.find("other"), 5, "sample");
  CHECK_FALSE(gate.Admit(token));
}

TEST_CASE("authorization: one instance's key opens nothing of another's") {
  Gate gate;
  CHECK_FALSE(
      gate.Admit(Token(std::string(kHost)), kHost, Scope("0ne00000002")));
}

TEST_CASE("authorization: a host is what stands before the port") {
  CHECK(HostWithoutPort("Dps.Example:443") == "dps.example");
  CHECK(HostWithoutPort("dps.example") == "dps.example");
  CHECK(HostWithoutPort("[::1]:8443") == "[::1]");
  CHECK(HostWithoutPort("[::1]") == "[::1]");
  CHECK(HostWithoutPort("::1") == "::1");
  CHECK(HostWithoutPort("dps.example:") == "dps.example:");
  CHECK(HostWithoutPort("dps.example:x") == "dps.example:x");
  CHECK(HostWithoutPort(":443").empty());
  CHECK(HostWithoutPort("").empty());
}

TEST_CASE("authorization: a host name leads to its instance") {
  MemoryStore store;
  const auto add = [&](const char* scope, const char* name, const char* host) {
    Instance instance = InstanceDocument(scope);
    instance.name = name;
    instance.service_host_name = host;
    REQUIRE(store.Commit(
        {.changes = {Put<Instance>{instance.id_scope, instance, {}}}}));
  };
  const auto find = [&](const char* host,
                        const std::optional<std::string>& fallback) {
    const auto snapshot = store.Read().value();
    const auto instance = InstanceOfHost(*snapshot, host, fallback);
    return instance ? instance->name : instance.error().message;
  };
  CHECK(find("localhost", {}) ==
        "no instance is reached by the host name "
        "localhost");
  add("0ne00000001", "red", "");
  CHECK(find("localhost", {}) == "red");
  add("0ne00000002", "Blue", "dps.blue.example");
  add("0ne00000003", "dps", "");
  CHECK(find("RED.dps.example:8443", {}) == "red");
  CHECK(find("blue.dps.example", {}) == "Blue");
  CHECK(find("dps.blue.example", {}) == "Blue");
  CHECK(find("dps.other.example", {}) == "dps");
  CHECK(find("localhost", "blue") == "Blue");
  CHECK(find("red.dps.example", "blue") == "red");
  CHECK(find("localhost", {}).starts_with("no instance"));
  CHECK(find("red", {}).starts_with("no instance"));
  CHECK(find("localhost", "gone").starts_with("no instance"));
}

}  // namespace dps
