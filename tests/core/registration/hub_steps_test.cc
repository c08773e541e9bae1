// SPDX-License-Identifier: Apache-2.0
#include "core/registration/hub_steps.h"

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fake_hub.h"

namespace dps {
namespace {

const DeviceState kInitial{.tags = R"({"site":"a"})",
                           .desired = R"({"rate":5})"};
const DeviceState kLived{.tags = R"({"site":"b"})",
                         .desired = R"({"rate":9})",
                         .reported = R"({"rate":9})"};

struct StepsRig {
  Result<Provisioned> Run(DeviceDataChange data, bool stays = false) {
    const auto to_hub = to.Connect();
    const auto from_hub = from.Connect();
    const std::function<Status()> mark = [this] {
      marked = true;
      return Status();
    };
    return Provision({.to = *to_hub,
                      .from = from_hub.get(),
                      .data = data,
                      .stays = stays,
                      .device = device,
                      .initial = kInitial,
                      .old_hub_failures = old_hub_failures,
                      .before_creation = mark});
  }

  // Nothing moved; what was moved before; and to nowhere.
  Status Leave() { return Leave(std::nullopt, &to); }
  Status LeaveAfter(const MovedState& moved) { return Leave(moved, &to); }
  Status Leave(const std::optional<MovedState>& moved, FakeHub* carry_to) {
    const auto hub = from.Connect();
    const auto other = carry_to ? carry_to->Connect() : nullptr;
    return Withdraw({.hub = *hub,
                     .carry_to = other.get(),
                     .device_id = device.device_id,
                     .moved = moved,
                     .initial = kInitial});
  }
  // kLived is brought to the new hub.
  MovedState Move() {
    from.SetState("dev-1", kLived);
    const auto done = Run(DeviceDataChange::kMigrate);
    REQUIRE(done);
    REQUIRE(done->moved);
    return *done->moved;
  }

  FakeHub from;
  FakeHub to;
  int old_hub_failures = 0;
  bool marked = false;  // that a device is to be made
  HubDevice device{
      .device_id = "dev-1",
      .credential = DeviceKeys{.primary = SecretBytes("0123456789abcdef")}};
};

}  // namespace

TEST_CASE("hub_steps: a new device starts with the initial twin") {
  StepsRig rig;
  const auto done = rig.Run(DeviceDataChange::kStart);
  REQUIRE(done);
  CHECK_FALSE(done->known_before);
  CHECK(rig.to.Find("dev-1")->identity == rig.device);
  CHECK(rig.to.Find("dev-1")->state == kInitial);
  CHECK(rig.marked);
}

TEST_CASE("hub_steps: a device the hub knew keeps what it has there") {
  StepsRig rig;
  rig.to.SetState("dev-1", kLived);
  const auto done = rig.Run(DeviceDataChange::kStart);
  REQUIRE(done);
  CHECK(done->known_before);
  CHECK_FALSE(rig.marked);
  CHECK(rig.to.Find("dev-1")->identity == rig.device);
  CHECK(rig.to.Find("dev-1")->state == kLived);
}

TEST_CASE("hub_steps: a start that was cut short is completed") {
  StepsRig rig;
  rig.to.SetState("dev-1", {.tags = kInitial.tags});
  const auto done = rig.Run(DeviceDataChange::kStart);
  REQUIRE(done);
  CHECK_FALSE(done->known_before);
  CHECK(rig.to.Find("dev-1")->state == kInitial);
}

TEST_CASE("hub_steps: a migration brings the whole state along") {
  StepsRig rig;
  rig.from.SetState("dev-1", kLived);
  rig.to.SetState("dev-1", {.reported = "of an earlier time"});
  const auto done = rig.Run(DeviceDataChange::kMigrate);
  REQUIRE(done);
  CHECK(done->left_behind.empty());
  CHECK(done->moved);
  CHECK(rig.to.Find("dev-1")->state == kLived);
  // It stays there until the device has been told.
  CHECK(rig.from.Find("dev-1"));
}

TEST_CASE("hub_steps: a device the old hub does not know starts afresh") {
  StepsRig rig;
  CHECK(rig.Run(DeviceDataChange::kMigrate) == Provisioned{});
  CHECK(rig.to.Find("dev-1")->state == kInitial);
}

TEST_CASE("hub_steps: a dead old hub is waited for, then left behind") {
  for (const Errc code : {Errc::kUnavailable, Errc::kForbidden}) {
    StepsRig rig;
    rig.from.FailWith(code);
    for (int i = 1; i < kOldHubTries; ++i) {
      const auto refused = rig.Run(DeviceDataChange::kMigrate);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == Errc::kUnavailable);
      CHECK(refused.error().message ==
            "the old hub did not tell the device's state: it is so");
    }
    // Nothing was done at the new one for nothing.
    CHECK(rig.to.calls().empty());
    const auto done = rig.Run(DeviceDataChange::kMigrate);
    REQUIRE(done);
    CHECK(done->left_behind.ends_with("it is so"));
    CHECK(rig.to.Find("dev-1")->state == kInitial);
  }
}

TEST_CASE("hub_steps: state that cannot be moved fails the move") {
  StepsRig rig;
  rig.from.FailWith(Errc::kInvalidArgument);
  for (int i = 0; i < 2 * kOldHubTries; ++i) {
    CHECK(rig.Run(DeviceDataChange::kMigrate).error().code ==
          Errc::kInvalidArgument);
  }
  CHECK(rig.to.calls().empty());
}

TEST_CASE("hub_steps: an old hub that is throttled is waited for") {
  StepsRig rig;
  rig.from.FailWith(Errc::kThrottled);
  for (int i = 0; i < 2 * kOldHubTries; ++i) {
    const auto refused = rig.Run(DeviceDataChange::kMigrate);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::kThrottled);
  }
  CHECK(rig.to.calls().empty());
}

TEST_CASE("hub_steps: a device is not made before that was written down") {
  StepsRig rig;
  const auto to_hub = rig.to.Connect();
  const std::function<Status()> refuse = [] {
    return Fail(Errc::kUnavailable, "the disk is full");
  };
  CHECK_FALSE(Provision({.to = *to_hub,
                         .from = nullptr,
                         .data = DeviceDataChange::kStart,
                         .stays = false,
                         .device = rig.device,
                         .initial = kInitial,
                         .old_hub_failures = rig.old_hub_failures,
                         .before_creation = refuse}));
  CHECK_FALSE(rig.to.Find("dev-1"));
}

TEST_CASE("hub_steps: a reset replaces what is there, whichever hub it is") {
  StepsRig rig;
  rig.from.SetState("dev-1", kLived);
  rig.to.SetState("dev-1", kLived);
  CHECK(rig.Run(DeviceDataChange::kReset) == Provisioned{});
  CHECK(rig.to.Find("dev-1")->state == kInitial);
  CHECK(rig.from.calls().empty());
}

TEST_CASE("hub_steps: a device that stays has its credential renewed alone") {
  StepsRig rig;
  rig.to.SetState("dev-1", kLived);
  CHECK(rig.Run(DeviceDataChange::kKeep, true) == Provisioned{});
  CHECK_FALSE(rig.marked);
  CHECK(rig.to.Find("dev-1")->identity == rig.device);
  CHECK(rig.to.Find("dev-1")->state == kLived);
  CHECK(rig.to.calls() == std::vector<std::string>{"ensure dev-1"});
}

TEST_CASE("hub_steps: a device back where its state was follows it instead") {
  StepsRig rig;
  rig.to.SetState("dev-1", kLived);
  CHECK(rig.Run(DeviceDataChange::kKeep) == Provisioned{});
  CHECK(rig.to.Find("dev-1")->state == kLived);
  // Carried away and removed in between.
  rig.to.Forget("dev-1");
  rig.from.SetState("dev-1", kLived);
  CHECK(rig.Run(DeviceDataChange::kKeep)->moved);
  CHECK(rig.to.Find("dev-1")->state == kLived);
  CHECK(rig.marked);
}

TEST_CASE("hub_steps: every verb that fails ends the provisioning") {
  for (const std::string failing : {"read", "ensure", "write"}) {
    CAPTURE(failing);
    StepsRig rig;
    rig.to.SetBefore([&](std::string_view verb) -> Status {
      if (verb != failing) return {};
      return Fail(Errc::kForbidden, "no rights");
    });
    const auto done = rig.Run(DeviceDataChange::kStart);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == Errc::kForbidden);
    CHECK(done.error().message.ends_with(": no rights"));
  }
}

TEST_CASE("hub_steps: a device withdrawn is gone") {
  StepsRig rig;
  rig.from.SetState("dev-1", kLived);
  for (int i = 0; i < 2; ++i) {
    CHECK(rig.Leave(std::nullopt, nullptr));
    CHECK_FALSE(rig.from.Find("dev-1"));
  }
  CHECK(rig.from.calls() ==
        std::vector<std::string>{"remove dev-1", "remove dev-1"});
}

TEST_CASE("hub_steps: what was left behind follows where nothing is yet") {
  StepsRig rig;
  rig.from.SetState("dev-1", kLived);
  // As it started; changed since; nothing yet.
  rig.to.SetState("dev-1", {.tags = kInitial.tags, .desired = R"({"rate":1})"});
  CHECK(rig.Leave());
  CHECK(rig.to.Find("dev-1")->state ==
        DeviceState{.tags = kLived.tags,
                    .desired = R"({"rate":1})",
                    .reported = kLived.reported});
  CHECK(rig.from.calls() == std::vector<std::string>{
                                "suspend dev-1", "read dev-1", "remove dev-1"});
}

TEST_CASE("hub_steps: what was left empty empties nothing") {
  StepsRig rig;
  rig.from.SetState("dev-1", {.reported = kLived.reported});
  rig.to.SetState("dev-1", kInitial);
  CHECK(rig.Leave());
  DeviceState both = kInitial;
  both.reported = kLived.reported;
  CHECK(rig.to.Find("dev-1")->state == both);
}

TEST_CASE("hub_steps: what changed after it was moved follows the device") {
  StepsRig rig;
  const MovedState moved = rig.Move();
  // It reports until it cannot any more.
  rig.from.SetBefore([&](std::string_view verb) -> Status {
    if (verb != "suspend") return {};
    DeviceState late = kLived;
    late.reported = R"({"rate":10})";
    rig.from.SetState("dev-1", late);
    return {};
  });
  CHECK(rig.LeaveAfter(moved));
  DeviceState both = kLived;
  both.reported = R"({"rate":10})";
  CHECK(rig.to.Find("dev-1")->state == both);
  CHECK_FALSE(rig.from.Find("dev-1"));
}

TEST_CASE("hub_steps: what a removal cut short has emptied empties nothing") {
  StepsRig rig;
  const MovedState moved = rig.Move();
  rig.from.SetState("dev-1", {.reported = kLived.reported});
  CHECK(rig.LeaveAfter(moved));
  CHECK(rig.to.Find("dev-1")->state == kLived);
}

TEST_CASE("hub_steps: what the device told its new hub is the last word") {
  StepsRig rig;
  const MovedState moved = rig.Move();
  rig.from.SetState("dev-1", {.tags = R"({"site":"c"})",
                              .desired = kLived.desired,
                              .reported = R"({"rate":10})"});
  DeviceState present = kLived;
  present.reported = R"({"rate":11})";
  rig.to.SetState("dev-1", present);
  CHECK(rig.LeaveAfter(moved));
  present.tags = R"({"site":"c"})";
  CHECK(rig.to.Find("dev-1")->state == present);
}

TEST_CASE("hub_steps: nothing is written where nothing changed but blanks") {
  StepsRig rig;
  const MovedState moved = rig.Move();
  rig.from.SetState("dev-1", {.tags = "{ \"site\" : \"b\" }",
                              .desired = kLived.desired,
                              .reported = kLived.reported});
  const auto calls = rig.to.calls().size();
  CHECK(rig.LeaveAfter(moved));
  CHECK(rig.to.calls().size() == calls);
}

TEST_CASE("hub_steps: a hub may hand JSON out with blanks of its own") {
  StepsRig rig;
  const MovedState moved = rig.Move();
  DeviceState late = kLived;
  late.reported = R"({"rate":10})";
  rig.from.SetState("dev-1", late);
  rig.to.SetState("dev-1", {.tags = kLived.tags,
                            .desired = kLived.desired,
                            .reported = "{ \"rate\": 9 }"});
  CHECK(rig.LeaveAfter(moved));
  CHECK(rig.to.Find("dev-1")->state == late);
}

TEST_CASE("hub_steps: a withdrawal cut short anywhere is gone on with") {
  for (const std::string failing : {"suspend", "read", "remove"}) {
    CAPTURE(failing);
    StepsRig rig;
    const MovedState moved = rig.Move();
    DeviceState late = kLived;
    late.reported = R"({"rate":10})";
    rig.from.SetState("dev-1", late);
    rig.from.SetBefore([&](std::string_view verb) -> Status {
      if (verb != failing) return {};
      return Fail(Errc::kUnavailable, "it is so");
    });
    CHECK_FALSE(rig.LeaveAfter(moved));
    CHECK(rig.from.Find("dev-1")->state == late);
    rig.from.Recover();
    CHECK(rig.LeaveAfter(moved));
    CHECK(rig.to.Find("dev-1")->state == late);
    CHECK_FALSE(rig.from.Find("dev-1"));
  }
}

TEST_CASE("hub_steps: nothing is removed that could not be carried") {
  StepsRig rig;
  rig.from.SetState("dev-1", kLived);
  rig.to.FailWith(Errc::kUnavailable);
  CHECK_FALSE(rig.Leave());
  CHECK(rig.from.Find("dev-1")->state == kLived);
}

}  // namespace dps
