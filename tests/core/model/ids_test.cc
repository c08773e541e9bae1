// SPDX-License-Identifier: Apache-2.0
#include "core/model/ids.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "core/base/limits.h"

namespace dps {
namespace {

using std::string_literals::operator""s;

}  // namespace

TEST_CASE("ids: a registration id keeps its text and compares by its key") {
  const auto id = RegistrationId::Parse("Dev-1_a.B:c-").value();
  CHECK(id.text() == "Dev-1_a.B:c-");
  CHECK(id.key() == "dev-1_a.b:c-");
  CHECK(id == RegistrationId::Parse("DEV-1_A.b:C-").value());
  CHECK(id != RegistrationId::Parse("dev-2").value());
  CHECK(RegistrationId::Parse("A").value() <
        RegistrationId::Parse("b").value());
}

TEST_CASE("ids: a registration id is 1 to 128 of its characters") {
  for (const std::string& good : {"a"s, "7"s, "a-"s, std::string(128, 'x')}) {
    CHECK(RegistrationId::Parse(good));
  }
  for (const std::string& bad : {""s,         std::string(129, 'x'),
                                 "-a"s,       ".a"s,
                                 "_a"s,       ":a"s,
                                 "a."s,       "a_"s,
                                 "a:"s,       "a b"s,
                                 "a/b"s,      "a+"s,
                                 "a#b"s,      "a%20b"s,
                                 "a\0b"s,     "a\n"s,
                                 "\xc3\xa4"s, "a\xff"s,
                                 "a*b"s,      "$a"s,
                                 "a,b"s,      "a'b"s,
                                 "a\"b"s,     "a\\b"s}) {
    CAPTURE(bad);
    const auto id = RegistrationId::Parse(bad);
    REQUIRE_FALSE(id);
    CHECK(id.error().code == Errc::kInvalidArgument);
    CHECK(id.error().message.find("registration id") != std::string::npos);
  }
}

TEST_CASE("ids: a message about a bad id does not repeat it") {
  const auto id = EnrollmentGroupId::Parse("evil\x1b[0m\n");
  CHECK(id.error().message.find("evil") == std::string::npos);
  CHECK(id.error().message.find("enrollment group id") != std::string::npos);
}

TEST_CASE("ids: a scope is compared exactly and holds no separator") {
  CHECK(IdScope::Parse("0ne00ABCDEF").value().text() == "0ne00ABCDEF");
  CHECK(IdScope::Parse("a").value() != IdScope::Parse("A").value());
  CHECK(IdScope::Parse(std::string(64, 's')));
  CHECK(IdScope::Parse("-"));
  for (const std::string& bad :
       {""s, std::string(65, 's'), "a/b"s, "a b"s, "a\0"s, "a.b"s, "a_b"s,
        "a:b"s, "a+"s, "#"s, "\xff"s}) {
    CAPTURE(bad);
    CHECK(IdScope::Parse(bad).error().code == Errc::kInvalidArgument);
  }
}

TEST_CASE("ids: generated scopes have Azure's form and differ") {
  std::set<std::string> scopes;
  for (int i = 0; i < 100; ++i) {
    const IdScope scope = IdScope::Generate();
    CHECK(scope.text().substr(0, 3) == "0ne");
    CHECK(scope.text().size() == 11);
    CHECK(scope.text().find_first_not_of("0123456789ABCDEF", 3) ==
          std::string::npos);
    CHECK(IdScope::Parse(scope.text()));
    scopes.insert(scope.text());
  }
  CHECK(scopes.size() == 100);
}

TEST_CASE("ids: a hub name is a host name in lower case") {
  CHECK(HubName::Parse("Hub-1.Azure-Devices.NET").value().text() ==
        "hub-1.azure-devices.net");
  CHECK(HubName::Parse("hub"));
  CHECK(HubName::Parse(std::string(63, 'a') + "." + std::string(63, 'b')));
}

TEST_CASE("ids: what is no host name is no hub name") {
  const std::string label(63, 'a');
  const std::string longest =
      label + "." + label + "." + label + "." + std::string(61, 'a');
  REQUIRE(longest.size() == limits::kHubNameMax);
  CHECK(HubName::Parse(longest));
  for (const std::string& bad :
       {""s, "."s, "a."s, ".a"s, "a..b"s, "-a"s, "a-"s, "a-.b"s, "a_b"s, "a b"s,
        "a/b"s, "a:8883"s, "a\0b"s, std::string(64, 'a'), longest + "a",
        "h\xc3\xbc"s, "a\n"s}) {
    CAPTURE(bad);
    CHECK(HubName::Parse(bad).error().code == Errc::kInvalidArgument);
  }
}

TEST_CASE("ids: a device id is 1 to 128 of IoT Hub's characters") {
  CHECK(CheckDeviceId("Dev-1.%_*?!(),:=@$'"));
  CHECK(CheckDeviceId(std::string(128, 'd')));
  for (const std::string& bad :
       {""s, std::string(129, 'd'), "a b"s, "a/b"s, "a#"s, "a+"s, "a\0"s,
        "\xc3\xa4"s, "a\\"s, "a\""s, "a;"s, "a~"s}) {
    CAPTURE(bad);
    CHECK(CheckDeviceId(bad).error().code == Errc::kInvalidArgument);
  }
}

}  // namespace dps
