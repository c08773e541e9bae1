// SPDX-License-Identifier: Apache-2.0
#include "core/registration/operations_under_way.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

const IdScope kOther = *IdScope::Parse("0neOTHER");

OperationUnderWay Plain(const std::string& id, std::size_t bytes = 0) {
  return {.operation_id = id, .payload_bytes = bytes};
}

OperationUnderWay Asking(const std::string& id) {
  return {.operation_id = id, .waits_for_others = true};
}

}  // namespace

TEST_CASE("operations_under_way: an operation is found until it is removed") {
  OperationsUnderWay operations(10);
  CHECK(operations.Find(TestScope(), Rid("dev-1")) == nullptr);
  operations.Add(TestScope(), Rid("Dev-1"), Plain("op-1"));
  REQUIRE(operations.Find(TestScope(), Rid("dev-1")) != nullptr);
  CHECK(operations.Find(TestScope(), Rid("dev-1"))->operation_id == "op-1");
  CHECK(operations.Find(kOther, Rid("dev-1")) == nullptr);
  operations.Remove(kOther, Rid("dev-1"));
  CHECK(operations.Find(TestScope(), Rid("dev-1")) != nullptr);
  operations.Remove(TestScope(), Rid("dev-1"));
  CHECK(operations.Find(TestScope(), Rid("dev-1")) == nullptr);
}

TEST_CASE("operations_under_way: numbers and bytes of payloads are bounded") {
  OperationsUnderWay operations(2);
  operations.Add(TestScope(), Rid("a"), Plain("1", limits::kPendingBytesMax));
  CHECK(operations.CheckRoom(kOther, Plain("2")));
  CHECK(operations.CheckRoom(kOther, Plain("2", 1)).error().code ==
        Errc::kThrottled);
  operations.Add(kOther, Rid("b"), Plain("2"));
  CHECK(operations.CheckRoom(TestScope(), Plain("3")).error().code ==
        Errc::kThrottled);
  operations.Remove(TestScope(), Rid("a"));
  CHECK(operations.CheckRoom(TestScope(), Plain("3", 1)));
}

TEST_CASE("operations_under_way: who asks webhooks takes nobody else's room") {
  OperationsUnderWay operations(10'000);
  for (std::size_t i = 0; i < limits::kWebhookCallsWaitingMax; ++i) {
    const std::string id = std::to_string(i);
    REQUIRE(operations.CheckRoom(TestScope(), Asking(id)));
    operations.Add(TestScope(), Rid("dev-" + id), Asking(id));
  }
  const Status refused = operations.CheckRoom(TestScope(), Asking("x"));
  CHECK(refused.error().code == Errc::kThrottled);
  CHECK(refused.error().message ==
        "too many registrations wait for webhooks or hubs");
  CHECK(operations.CheckRoom(TestScope(), Plain("x")));
  CHECK(operations.CheckRoom(kOther, Asking("x")));
  operations.Remove(TestScope(), Rid("dev-7"));
  CHECK(operations.CheckRoom(TestScope(), Asking("x")));
}

TEST_CASE("operations_under_way: nor do the payloads that wait for a webhook") {
  OperationsUnderWay operations(10'000);
  OperationUnderWay large = Asking("large");
  large.payload_bytes = limits::kPendingBytesMax / 4;
  REQUIRE(operations.CheckRoom(TestScope(), large));
  operations.Add(TestScope(), Rid("dev-1"), large);
  OperationUnderWay small = Asking("small");
  CHECK(operations.CheckRoom(TestScope(), small));
  small.payload_bytes = 1;
  CHECK(operations.CheckRoom(TestScope(), small).error().code ==
        Errc::kThrottled);
  CHECK(operations.CheckRoom(kOther, small));
  CHECK(operations.CheckRoom(TestScope(),
                             Plain("plain", limits::kPendingBytesMax)));
  operations.Remove(TestScope(), Rid("dev-1"));
  CHECK(operations.CheckRoom(TestScope(), small));
}

}  // namespace dps
