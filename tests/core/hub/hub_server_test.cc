// SPDX-License-Identifier: Apache-2.0
#include "core/hub/hub_server.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"

namespace dps {
namespace {

struct ServerRig {
  Result<HttpAnswer> Ask(Result<HttpAnswer> answer,
                         std::initializer_list<int> expected = {}) {
    client.answers.push_back(std::move(answer));
    return server.Ask({.target = *HttpTarget::Parse("https://hub.example/a?b"),
                       .headers = {},
                       .body = "MDEyMzQ1Njc4OWFiY2RlZg=="},
                      expected);
  }

  ScriptedHttpClient client;
  FakeClock clock;
  HubServer server{client, clock, {}};
};

}  // namespace

TEST_CASE("hub_server: a status is success, expected, or an error") {
  ServerRig rig;
  for (const int status : {200, 201, 204, 299, 404}) {
    CHECK(rig.Ask(HttpAnswer{status, ""}, {404}));
  }
  for (const auto& [status, code] : {std::pair{300, Errc::kInternal},
                                     {302, Errc::kInternal},
                                     {199, Errc::kInternal},
                                     {400, Errc::kInvalidArgument},
                                     {401, Errc::kForbidden},
                                     {403, Errc::kForbidden},
                                     {404, Errc::kInvalidArgument},
                                     {408, Errc::kUnavailable},
                                     {413, Errc::kInvalidArgument},
                                     {429, Errc::kThrottled},
                                     {500, Errc::kUnavailable},
                                     {599, Errc::kUnavailable}}) {
    const auto answer = rig.Ask(HttpAnswer{status, ""});
    REQUIRE_FALSE(answer);
    CHECK(answer.error() ==
          Error{code, "hub.example answered HTTP " + std::to_string(status)});
  }
}

TEST_CASE("hub_server: what the client says names the hub") {
  ServerRig rig;
  for (const auto& [said, told] :
       {std::pair{Errc::kUnavailable, Errc::kUnavailable},
        {Errc::kForbidden, Errc::kForbidden},
        {Errc::kTooLarge, Errc::kInternal}}) {
    const auto answer = rig.Ask(Fail(said, "reason"));
    REQUIRE_FALSE(answer);
    CHECK(answer.error() == Error{told, "hub.example: reason"});
  }
}

TEST_CASE("hub_server: the hub's own words are told, without our keys") {
  ServerRig rig;
  for (const auto& [body, words] :
       {std::pair{"plain", "plain"},
        {"<p>\x1b[1m", "<p>\\x1b[1m"},
        {R"({"Message":"ErrorCode:A;b"})", "ErrorCode:A;b"},
        {R"({"message":"newer","Message":"older"})", "newer"},
        {R"({"error":"x"})", R"({"error":"x"})"},
        {"key:MDEyMzQ1Njc4OWFiY2RlZg==.", "key:****."},
        {"key MDEyMzQ1Njc4OWFiY2RlZw==", "key MDEyMzQ1Njc4OWFiY2RlZw=="}}) {
    const auto answer = rig.Ask(HttpAnswer{400, body});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().message ==
          std::string("hub.example answered HTTP 400: ") + words);
  }
}

TEST_CASE("hub_server: a hub that cannot now may say for how long") {
  ServerRig rig;
  CHECK_FALSE(rig.Ask(HttpAnswer{500, "", {}}));
  CHECK_FALSE(rig.Ask(HttpAnswer{400, "", std::chrono::seconds(9)}));
  CHECK(rig.Ask(HttpAnswer{200, "", std::chrono::seconds(9)}));
  CHECK(rig.server.pause() == std::chrono::seconds(0));
  CHECK_FALSE(rig.Ask(HttpAnswer{503, "", std::chrono::seconds(9)}));
  CHECK(rig.server.pause() == std::chrono::seconds(9));
}

TEST_CASE("hub_server: no request shares a connection") {
  ServerRig rig;
  CHECK(rig.Ask(HttpAnswer{200, ""}));
  CHECK(rig.client.requests.back().own_connection);
}

}  // namespace dps
