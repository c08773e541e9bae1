// SPDX-License-Identifier: Apache-2.0
#include "core/http/service_token.h"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.h"

namespace dps {
namespace {

using std::chrono::minutes;

ServiceToken Token() {
  return ServiceToken({.host = "hub.example",
                       .authority = "hub.example:8443",
                       .policy = "a b",
                       .key = SecretBytes("0123456789abcdef")});
}

}  // namespace

TEST_CASE("service_token: host, signature, expiry and policy, all encoded") {
  // printf 'hub.example\n1795266000' |
  //   openssl dgst -sha256 -hmac 0123456789abcdef -binary | base64
  ServiceToken token = Token();
  CHECK(token.At(kNoon) ==
        "SharedAccessSignature sr=hub.example&sig="
        "Xu7ZLX1AQPTdITpUCD4V%2B33GSyJFnHQb6XWGjTFJqx0%3D&se=1795266000&skn=a%"
        "20b");
}

TEST_CASE("service_token: a token is kept until ten minutes before its end") {
  ServiceToken token = Token();
  const std::string first = token.At(kNoon);
  CHECK(token.At(kNoon + minutes(49)) == first);
  const std::string second = token.At(kNoon + minutes(50));
  CHECK(second != first);
  CHECK(token.At(kNoon + minutes(90)) == second);
}

TEST_CASE("service_token: a clock that was set back makes a new token") {
  ServiceToken token = Token();
  const std::string first = token.At(kNoon);
  CHECK(token.At(kNoon - minutes(1)) != first);
}

}  // namespace dps
