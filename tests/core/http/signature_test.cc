// SPDX-License-Identifier: Apache-2.0
#include "core/http/signature.h"

#include <doctest/doctest.h>

#include "tests/support/fake_clock.h"

namespace dps {

TEST_CASE("signature: the example of the specification gives its signature") {
  // Standard Webhooks 1.0.0, its reference libraries' test vector.
  const auto key = Base64Decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  REQUIRE(key);
  const UtcTime now{std::chrono::seconds(1614265330)};
  const auto headers = WebhookHeaders("msg_p5jXN8AQM9LWM0D4loKWxJek",
                                      R"({"test": 2432232314})", *key, now);
  REQUIRE(headers.size() == 5);
  CHECK(headers[2] == "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek");
  CHECK(headers[3] == "webhook-timestamp: 1614265330");
  CHECK(headers[4] ==
        "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("signature: without a key a request has an id and no signature") {
  const auto headers = WebhookHeaders("id-1", "{}", {}, kNoon);
  REQUIRE(headers.size() == 3);
  CHECK(headers[2] == "webhook-id: id-1");
}

}  // namespace dps
