// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/topic.h"

#include <doctest/doctest.h>

#include <string>

#include "core/base/limits.h"

namespace dps {
namespace {

using TopicKind = RequestTopic::Kind;

const std::string kRegister = "$dps/registrations/PUT/iotdps-register/?";
const std::string kStatus =
    "$dps/registrations/GET/iotdps-get-operationstatus/?";

void CheckUnanswerable(const std::string& topic) {
  CAPTURE(topic);
  const auto parsed = ParseRequestTopic(topic);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code == Errc::kInvalidArgument);
}

}  // namespace

TEST_CASE("topic: a request is told by its path, parameters in any order") {
  CHECK(ParseRequestTopic(kRegister + "x=1&$rid=7") ==
        RequestTopic{TopicKind::kRegister, "7", ""});
  CHECK(ParseRequestTopic(kStatus + "operationId=4.a&x&$rid=7") ==
        RequestTopic{TopicKind::kStatus, "7", "4.a"});
}

TEST_CASE("topic: every other request is answered as an unknown route") {
  for (const char* path :
       {"$dps/", "$dps/registrations/", "$dps/registrations/POST/a/",
        "$dps/registrations/PUT/iotdps-register",
        "$dps/registrations/put/iotdps-register/",
        "$dps/registrations/GET/iotdps-register/",
        "$dps/registrations/PUT/iotdps-get-operationstatus/"}) {
    CAPTURE(path);
    CHECK(ParseRequestTopic(path + std::string("?$rid=7")) ==
          RequestTopic{TopicKind::kOther, "7", ""});
  }
}

TEST_CASE("topic: a $rid is echoed byte for byte") {
  for (const char* rid : {"1", "a%20b%2Fc", "a=b", "$rid=1", "%", " ", "?",
                          "6f1d2b0e-5a43-4c8e-8d0f-9b7c3e21a4d6"}) {
    const auto parsed = ParseRequestTopic(kRegister + "$rid=" + rid);
    REQUIRE(parsed);
    CHECK(parsed->request_id == rid);
  }
}

TEST_CASE("topic: a request without a usable $rid cannot be answered") {
  for (const char* parameters :
       {"", "$rid", "$rid=", "rid=1", "$RID=1", "operationId=$rid=1",
        "$rid=1&$rid=1", "$rid=1&$rid=2", "$rid=a+b", "$rid=#", "$rid=a/b",
        "$rid=a\nb", "$rid=a\x7f", "$rid=\xc3\xa9",
        "$rid=1&operationId=a&operationId=b"}) {
    CheckUnanswerable(kRegister + parameters);
  }
  CheckUnanswerable(kRegister + std::string("$rid=a\0b", 8));
  CheckUnanswerable("$dps/registrations/PUT/iotdps-register/$rid=1");
}

TEST_CASE("topic: a $rid and a topic have a greatest length") {
  const std::string longest(limits::kRequestIdMax, 'r');
  CHECK(ParseRequestTopic(kRegister + "$rid=" + longest));
  CheckUnanswerable(kRegister + "$rid=" + longest + "r");
  CheckUnanswerable(kRegister +
                    "$rid=1&x=" + std::string(limits::kTopicMax, 'x'));
}

TEST_CASE("topic: replies and the topics of others are no requests") {
  for (const char* topic :
       {"", "$dps", "dps/registrations/PUT/iotdps-register/?$rid=1",
        "/$dps/registrations/PUT/iotdps-register/?$rid=1",
        "$dps2/registrations/PUT/iotdps-register/?$rid=1",
        "$dps/registrations/res/202/?$rid=1"}) {
    CheckUnanswerable(topic);
  }
}

TEST_CASE("topic: an operation id is decoded, and empty when it cannot be") {
  const auto operation_id = [](const char* sent) {
    return ParseRequestTopic(kStatus + "$rid=1&operationId=" + sent)
        ->operation_id;
  };
  CHECK(operation_id("4%2Ea-b") == "4.a-b");
  CHECK(operation_id("4%2ea%0a") == "4.a\n");
  for (const char* bad : {"", "%", "4.a%", "%zz"}) {
    CHECK(operation_id(bad).empty());
  }
}

TEST_CASE("topic: a reply names the status, the $rid and the wait, no more") {
  CHECK(ResponseTopic(202, "7", 3) ==
        "$dps/registrations/res/202/?$rid=7&retry-after=3");
  CHECK(ResponseTopic(200, "a%20b", std::nullopt) ==
        "$dps/registrations/res/200/?$rid=a%20b");
}

TEST_CASE("topic: the DPS topics are those below $dps, shared or not") {
  for (const char* topic :
       {"$dps", "$dps/", "$dps/#", "$dps/registrations/res/#",
        "$share/group/$dps/registrations/res/#", "$share//$dps/#"}) {
    CAPTURE(topic);
    CHECK(IsDpsTopic(topic));
  }
  for (const char* topic :
       {"", "#", "+/registrations", "$dpsx/a", "dps/a", "a/$dps/b", "$share",
        "$share/", "$share/$dps", "$share/a/b/$dps/c", "$SYS/$dps"}) {
    CAPTURE(topic);
    CHECK_FALSE(IsDpsTopic(topic));
  }
}

}  // namespace dps
