// SPDX-License-Identifier: Apache-2.0
#include "tests/support/vectors.h"

#include <doctest/doctest.h>

#include "core/protocol/connect.h"
#include "core/protocol/message.h"
#include "core/protocol/topic.h"

namespace dps {

TEST_CASE("vectors: the username of every SDK is read") {
  ForEachVector("usernames.json", [](JsonView vector) {
    const std::string username = *vector.String("username");
    CHECK(SpeaksDps(username));
    for (const auto rule : {ApiVersionRule::kAny, ApiVersionRule::kKnown}) {
      const auto request = ParseUsername(username, rule);
      REQUIRE(request);
      CHECK(request->id_scope.text() == *vector.String("id_scope"));
      CHECK(request->registration_id.text() ==
            *vector.String("registration_id"));
      CHECK(request->api_version == *vector.String("api_version"));
      CHECK(request->client_version == *vector.String("client_version"));
      CHECK(
          CheckClientId(*vector.String("client_id"), request->registration_id));
    }
  });
}

TEST_CASE("vectors: the topics of every SDK are read and answered") {
  ForEachVector("topics.json", [](JsonView vector) {
    const auto topic = ParseRequestTopic(*vector.String("topic"));
    REQUIRE(topic);
    const std::string kind = *vector.String("kind");
    CHECK((topic->kind == RequestTopic::Kind::kRegister) ==
          (kind == "register"));
    CHECK((topic->kind == RequestTopic::Kind::kStatus) == (kind == "status"));
    const std::string request_id = *vector.String("request_id");
    CHECK(topic->request_id == request_id);
    CHECK(topic->operation_id == *vector.String("operation_id"));
    CHECK(ResponseTopic(202, topic->request_id, 3) ==
          "$dps/registrations/res/202/?$rid=" + request_id + "&retry-after=3");
  });
}

TEST_CASE("vectors: the register body of every SDK is read") {
  const auto connect =
      ParseUsername("0ne00ABCDEF/registrations/dev-01/api-version=2019-03-31",
                    ApiVersionRule::kKnown);
  ForEachVector("bodies.json", [&](JsonView vector) {
    const auto body = ParseRegisterBody(*vector.String("body"), *connect);
    REQUIRE(body);
    CHECK(body->payload_json == *vector.String("payload"));
  });
}

}  // namespace dps
