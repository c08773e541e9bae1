// SPDX-License-Identifier: Apache-2.0
#include "core/model/instance.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/sample_documents.h"

namespace dps {

TEST_CASE("instance: the stored form gives back every member") {
  const Instance instance = InstanceDocument("0neABC");
  CHECK(ParseInstance(ToJson(instance, Secrets::kAll)) == instance);
}

TEST_CASE("instance: the operation key is shown to nobody") {
  const Instance instance = InstanceDocument("0neABC");
  const std::string json = ToJson(instance, Secrets::kHide);
  CHECK(json.find("operationKey") == std::string::npos);
  CHECK(json.find(Base64Encode(instance.operation_key.Reveal())) ==
        std::string::npos);
  CHECK(json.find(R"("idScope":"0neABC")") != std::string::npos);
}

TEST_CASE("instance: a stored form with a hole or a wrong member is refused") {
  const std::string whole = ToJson(InstanceDocument("0neABC"), Secrets::kAll);
  for (const char* member :
       {"name", "idScope", "allocationPolicy", "operationKey"}) {
    std::string json = whole;
    json.replace(json.find(member), 1, "?");
    CAPTURE(json);
    CHECK(ParseInstance(json).error().code == Errc::kInvalidArgument);
  }
  for (const auto& [good, bad] : {std::pair{"sample", "s"},
                                  {"0neABC", "a/b"},
                                  {"hashed", "custom"},
                                  {"b3Blcm", "*3Blcm"}}) {
    std::string json = whole;
    REQUIRE(json.find(good) != std::string::npos);
    json.replace(json.find(good), std::string(good).size(), bad);
    const auto read = ParseInstance(json);
    CHECK(read.error().code == Errc::kInvalidArgument);
    CHECK(read.error().message.find("3Blcm") == std::string::npos);
  }
  CHECK(ParseInstance("").error().code == Errc::kMalformedJson);
}

TEST_CASE("instance: a name is 3 to 51 letters, digits and inner hyphens") {
  for (const std::string& good :
       {std::string("abc"), std::string("A-1"), std::string(51, 'x')}) {
    CHECK(CheckInstanceName(good));
  }
  for (const std::string& bad :
       {std::string(), std::string("ab"), std::string(52, 'x'),
        std::string("-abc"), std::string("abc-"), std::string("123"),
        std::string("a b"), std::string("a.b"), std::string("a/b"),
        std::string("a\0b", 3), std::string("ab\xff")}) {
    CAPTURE(bad);
    CHECK(CheckInstanceName(bad).error().code == Errc::kInvalidArgument);
  }
}

}  // namespace dps
