// SPDX-License-Identifier: Apache-2.0
#include "core/hub/guarded_hub.h"

#include <doctest/doctest.h>

#include <chrono>

#include "core/base/limits.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_hub.h"

namespace dps {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

struct GuardRig {
  Errc Remove() {
    const Status removed = hub.RemoveDevice("dev-1");
    return removed ? Errc::kInternal : removed.error().code;
  }

  FakeHub fake;
  FakeClock clock;
  GuardedHub hub{fake.Connect(), clock};
};

}  // namespace

TEST_CASE("guarded_hub: a dead hub is left alone for a while") {
  GuardRig rig;
  rig.fake.FailWith(Errc::kUnavailable);
  for (int i = 0; i < limits::kHubFailuresMax; ++i) {
    CHECK(rig.hub.pause() == 0ms);
    CHECK(rig.Remove() == Errc::kUnavailable);
  }
  const auto asked = rig.fake.calls().size();
  CHECK(rig.hub.pause() == limits::kHubPause);
  CHECK(rig.hub.RemoveDevice("dev-1").error().message ==
        "it failed too often and is left alone for some seconds; the last "
        "time: it is so");
  CHECK(rig.fake.calls().size() == asked);
  rig.clock.Advance(limits::kHubPause);
  rig.fake.Recover();
  CHECK(rig.hub.RemoveDevice("dev-1"));
  CHECK(rig.hub.pause() == 0ms);
}

TEST_CASE("guarded_hub: a device is suspended at the hub behind it") {
  GuardRig rig;
  rig.fake.SetState("dev-1", {});
  CHECK(rig.hub.SuspendDevice("dev-1"));
  CHECK(rig.fake.Find("dev-1")->suspended);
}

TEST_CASE("guarded_hub: one that fails again is left alone again") {
  GuardRig rig;
  rig.fake.FailWith(Errc::kUnavailable);
  for (int i = 0; i < limits::kHubFailuresMax; ++i) rig.Remove();
  rig.clock.Advance(limits::kHubPause);
  rig.Remove();
  CHECK(rig.hub.pause() == limits::kHubPause);
}

TEST_CASE("guarded_hub: what a hub will not do for a device is not its death") {
  GuardRig rig;
  for (const Errc code : {Errc::kInvalidArgument, Errc::kForbidden}) {
    rig.fake.FailWith(code);
    for (int i = 0; i < 2 * limits::kHubFailuresMax; ++i) {
      CHECK(rig.Remove() == code);
    }
  }
  CHECK(rig.hub.pause() == 0ms);
}

TEST_CASE("guarded_hub: a hub that asked for it is left alone as long") {
  for (const Errc code : {Errc::kThrottled, Errc::kUnavailable}) {
    GuardRig rig;
    rig.fake.FailWith(code);
    rig.fake.SetPause(30s);
    CHECK(rig.Remove() == code);
    rig.fake.Recover();
    rig.fake.SetPause(0s);
    CHECK(rig.hub.pause() == 30s);
    CHECK(rig.Remove() == code);
    // Not even to look at its health.
    CHECK(rig.hub.CheckHealth().error().code == code);
    rig.clock.Advance(30s);
    CHECK(rig.hub.RemoveDevice("dev-1"));
  }
}

TEST_CASE("guarded_hub: a look at its health tells a hub that is back") {
  GuardRig rig;
  rig.fake.FailWith(Errc::kUnavailable);
  for (int i = 0; i < limits::kHubFailuresMax; ++i) {
    CHECK_FALSE(rig.hub.CheckHealth());
  }
  CHECK(rig.hub.pause() > 0ms);
  rig.fake.Recover();
  CHECK(rig.hub.CheckHealth());
  CHECK(rig.hub.RemoveDevice("dev-1"));
}

}  // namespace dps
