// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/device_path.h"

#include <doctest/doctest.h>

#include <string>

namespace dps {
namespace {

using PathKind = DevicePath::Kind;

// "register", "operation" or "look up", the scope, the id and the operation.
std::string Read(std::string_view path) {
  const auto read = ParseDevicePath(path);
  if (!read)
    return "error " + std::to_string(static_cast<int>(read.error().code));
  const char* kind = read->kind == PathKind::kRegister    ? "register "
                     : read->kind == PathKind::kOperation ? "operation "
                                                          : "look up ";
  return kind + read->id_scope.text() + " " + read->registration_id.text() +
         (read->operation_id.empty() ? "" : " " + read->operation_id);
}

Errc PathErrorOf(std::string_view path) {
  const auto read = ParseDevicePath(path);
  REQUIRE_FALSE(read.has_value());
  return read.error().code;
}

TEST_CASE("device_path: the three requests of a device are told apart") {
  CHECK(Read("/0ne001/registrations/dev-1/register") ==
        "register 0ne001 dev-1");
  CHECK(Read("/0ne001/registrations/dev-1/operations/4.ab.cd") ==
        "operation 0ne001 dev-1 4.ab.cd");
  CHECK(Read("/0ne001/registrations/dev-1") == "look up 0ne001 dev-1");
}

TEST_CASE("device_path: fixed segments know no case, names keep theirs") {
  CHECK(Read("/0Ne001/REGISTRATIONS/Dev-1/Register") ==
        "register 0Ne001 Dev-1");
  CHECK(Read("/0ne001/Registrations/Dev-1/OPERATIONS/Op") ==
        "operation 0ne001 Dev-1 Op");
}

TEST_CASE("device_path: every segment is percent-decoded once") {
  CHECK(Read("/0ne001/registrations/Dev%3A1%5fa/register") ==
        "register 0ne001 Dev:1_a");
  CHECK(Read("/0ne001/registrations/d/operations/4.a%252Fb") ==
        "operation 0ne001 d 4.a%2Fb");
  CHECK(PathErrorOf("/0ne001/registrations/dev%2f1") == Errc::kInvalidArgument);
  CHECK(PathErrorOf("/0ne001/registrations/dev%00/register") ==
        Errc::kInvalidArgument);
  CHECK(PathErrorOf("/0ne001/registrations/dev%2/register") ==
        Errc::kInvalidArgument);
}

TEST_CASE("device_path: one slash at the end is forgiven, a second is not") {
  CHECK(Read("/0ne001/registrations/dev-1/register/") ==
        "register 0ne001 dev-1");
  CHECK(PathErrorOf("/0ne001/registrations/dev-1/register//") ==
        Errc::kRouteNotFound);
}

TEST_CASE("device_path: any other form is no route") {
  for (const char* path :
       {"", "/", "//registrations/dev-1", "/0ne001/registrations",
        "/0ne001/registrations/", "/0ne001/registrations//register",
        "/0ne001/registration/dev-1", "/0ne001/registrations/dev-1/registers",
        "/0ne001/registrations/dev-1/operations",
        "/0ne001/registrations/dev-1/operations/",
        "/0ne001/registrations/dev-1/operations/a/b",
        "0ne001/registrations/dev-1", "/registrations/dev-1/query"}) {
    CAPTURE(path);
    CHECK(PathErrorOf(path) == Errc::kRouteNotFound);
  }
  CHECK(PathErrorOf("/0ne001/registrations/dev-1/operations/" +
                    std::string(2000, 'a')) == Errc::kRouteNotFound);
}

TEST_CASE("device_path: a scope or an id that can be nobody's is refused") {
  CHECK(PathErrorOf("/0ne.001/registrations/dev-1") == Errc::kInvalidArgument);
  CHECK(PathErrorOf("/0ne001/registrations/dev 1") == Errc::kInvalidArgument);
  CHECK(PathErrorOf("/0ne001/registrations/" + std::string(129, 'a')) ==
        Errc::kInvalidArgument);
}

TEST_CASE("device_path: its second segment tells a device's path") {
  CHECK(IsDevicePath("/0ne001/Registrations"));
  CHECK(IsDevicePath("/0ne001/registrations/what/ever"));
  CHECK_FALSE(IsDevicePath("/registrations/dev-1"));
  CHECK_FALSE(IsDevicePath("/enrollments/dev-1"));
  CHECK_FALSE(IsDevicePath(""));
}

TEST_CASE("device_path: an operation is found where the reply says") {
  const auto path = ParseDevicePath("/0ne001/registrations/Dev:1/register");
  REQUIRE(path);
  const std::string location =
      OperationLocation(*path, "4.ab.cd", "2019-03-31");
  CHECK(location ==
        "/0ne001/registrations/Dev%3A1/operations/4.ab.cd?"
        "api-version=2019-03-31");
  CHECK(Read(location.substr(0, location.find('?'))) ==
        "operation 0ne001 Dev:1 4.ab.cd");
}

}  // namespace
}  // namespace dps
