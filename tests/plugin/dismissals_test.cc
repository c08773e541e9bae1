// SPDX-License-Identifier: Apache-2.0
#include "plugin/dismissals.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "tests/support/fake_broker.h"
#include "tests/support/fake_clock.h"
#include "tests/support/session_of.h"

namespace dps {
namespace {

struct DismissalsRig {
  DismissalsRig() { sessions.Add(SessionOf(one, "dev-1", "dev-1")); }

  void Pass(SteadyTime::duration time) {
    clock.Advance(time);
    dismissals.OnTick();
  }

  FakeClock clock;
  FakeBroker broker;
  SessionTable sessions;
  Dismissals dismissals{broker, sessions, clock};
  int one = 0, two = 0;  // connections
};

}  // namespace

TEST_CASE("dismissals: a device has its time, then it is disconnected once") {
  DismissalsRig rig;
  rig.dismissals.Add(&rig.one);
  rig.Pass(limits::kDismissalDelay - std::chrono::milliseconds(1));
  CHECK(rig.broker.disconnected.empty());
  rig.Pass(std::chrono::milliseconds(1));
  CHECK(rig.broker.disconnected == std::vector<std::string>{"dev-1"});
  rig.Pass(limits::kDismissalDelay);
  CHECK(rig.broker.disconnected.size() == 1);
}

TEST_CASE("dismissals: nobody is hit who came after the refused one") {
  DismissalsRig rig;
  rig.dismissals.Add(&rig.one);
  SUBCASE("on a connection at the same place") {
    rig.dismissals.Forget(&rig.one);
    rig.sessions.Remove(&rig.one);
    rig.sessions.Add(SessionOf(rig.one, "dev-2", "dev-2"));
  }
  SUBCASE("under the same client id") {
    rig.sessions.Add(SessionOf(rig.two, "dev-1", "dev-1"));
  }
  SUBCASE("when it had left by itself") { rig.sessions.Remove(&rig.one); }
  rig.Pass(limits::kDismissalDelay);
  CHECK(rig.broker.disconnected.empty());
}

}  // namespace dps
