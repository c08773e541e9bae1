// SPDX-License-Identifier: Apache-2.0
#include "core/model/access_policy.h"

#include <doctest/doctest.h>

#include "tests/support/sample_documents.h"

namespace dps {

TEST_CASE(
    "access_policy: rights are read in any order and case, written in "
    "one") {
  for (const char* text :
       {"ServiceConfig, EnrollmentWrite", "enrollmentwrite,SERVICECONFIG",
        "  EnrollmentWrite ServiceConfig ,"}) {
    const auto rights = AccessRights::Parse(text);
    REQUIRE(rights);
    CHECK(rights->Text() == "ServiceConfig, EnrollmentWrite");
    CHECK(AccessRights::Parse(rights->Text()) == rights);
  }
  CHECK(AccessRights::Parse(AccessRights::All().Text()) == AccessRights::All());
}

TEST_CASE("access_policy: unknown rights and none are refused by name") {
  CHECK(AccessRights::Parse("ServiceConfig, Root")
            .error()
            .message.starts_with("there is no right \"Root\"; they are "
                                 "ServiceConfig, EnrollmentRead,"));
  for (const char* text : {"", " ", ", ,"}) {
    CHECK(AccessRights::Parse(text).error().code == Errc::kInvalidArgument);
  }
}

TEST_CASE("access_policy: to write implies to read the same, and no more") {
  const AccessRights rights = *AccessRights::Parse("EnrollmentWrite");
  CHECK(rights.Holds(AccessRight::kEnrollmentRead));
  CHECK_FALSE(rights.Holds(AccessRight::kRegistrationStatusRead));
  CHECK_FALSE(rights.Holds(AccessRight::kServiceConfig));
  CHECK_FALSE(AccessRights::Parse("EnrollmentRead")
                  ->Holds(AccessRight::kEnrollmentWrite));
  CHECK(AccessRights::Parse("RegistrationStatusWrite")
            ->Holds(AccessRight::kRegistrationStatusRead));
  CHECK_FALSE(AccessRights().Holds(AccessRight::kDeviceConnect));
}

TEST_CASE("access_policy: the stored form holds everything, the shown no key") {
  const AccessPolicy policy = AccessPolicyDocument("Ops-1");
  CHECK(ParseAccessPolicy(ToJson(policy, Secrets::kAll)) == policy);
  const std::string shown = ToJson(policy, Secrets::kHide);
  CHECK(shown.find("Key\"") == std::string::npos);
  CHECK(shown.starts_with(R"({"keyName":"Ops-1","rights":"ServiceConfig, )"));
}

TEST_CASE("access_policy: keys of a wrong length, and no rights, are refused") {
  for (const char* json :
       {R"({"keyName":"a"})", R"({"rights":"ServiceConfig"})",
        R"({"keyName":"a b","rights":"ServiceConfig"})",
        R"({"keyName":"a","rights":"ServiceConfig","primaryKey":"c2hvcnQ="})",
        R"({"keyName":"a","rights":"ServiceConfig","secondaryKey":"%"})"}) {
    CHECK(ParseAccessPolicy(json).error().code == Errc::kInvalidArgument);
  }
  CHECK(ParseAccessPolicy("[]").error().code == Errc::kMalformedJson);
}

}  // namespace dps
