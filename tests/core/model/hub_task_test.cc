// SPDX-License-Identifier: Apache-2.0
#include "core/model/hub_task.h"

#include <doctest/doctest.h>

#include <string>

namespace dps {
namespace {

HubTask Removal() {
  return {.kind = HubTaskKind::kRemove,
          .hub = *HubName::Parse("hub-1.example"),
          .device_id = "dev-1",
          .registration_id = *RegistrationId::Parse("dev-1"),
          .carry_to = *HubName::Parse("hub-2.example"),
          .moved = MovedState{.tags = "ab", .reported = "cd"},
          .etag_text = "etag-1"};
}

}  // namespace

TEST_CASE("hub_task: a removal is stored with what was moved, shown without") {
  const std::string stored = ToJson(Removal(), HubTaskView::kStored);
  CHECK(ParseHubTask(stored) == Removal());
  CHECK(ToJson(Removal(), HubTaskView::kOperator).find("moved") ==
        std::string::npos);
  HubTask nothing_moved = Removal();
  nothing_moved.moved = MovedState();
  CHECK(ParseHubTask(ToJson(nothing_moved, HubTaskView::kStored)) ==
        nothing_moved);
}

TEST_CASE("hub_task: who has a removal in hand is stored, and not shown") {
  HubTask task = Removal();
  task.owner = "here:1:2";
  CHECK(ParseHubTask(ToJson(task, HubTaskView::kStored)) == task);
  CHECK(ToJson(task, HubTaskView::kOperator).find("here:1:2") ==
        std::string::npos);
}

TEST_CASE("hub_task: a removal of an earlier version carries what it did") {
  HubTask task = Removal();
  task.moved.reset();
  const std::string stored = ToJson(task, HubTaskView::kStored);
  CHECK(stored.find("moved") == std::string::npos);
  CHECK(ParseHubTask(stored) == task);
}

TEST_CASE("hub_task: what was moved is an object of texts") {
  const std::string stored = ToJson(Removal(), HubTaskView::kStored);
  const std::string moved = R"("moved":{"tags":"ab","reported":"cd"})";
  REQUIRE(stored.find(moved) != std::string::npos);
  for (const std::string other : {R"("moved":"ab")", R"("moved":{"tags":1})"}) {
    std::string spoiled = stored;
    spoiled.replace(spoiled.find(moved), moved.size(), other);
    CHECK(ParseHubTask(spoiled).error().code == Errc::kInvalidArgument);
  }
}

}  // namespace dps
