// SPDX-License-Identifier: Apache-2.0
#include "plugin/replies.h"

#include <doctest/doctest.h>

#include "core/base/limits.h"
#include "core/store/memory_store.h"
#include "tests/support/fake_broker.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/session_of.h"

namespace dps {
namespace {

struct RepliesRig {
  Session& Connect(const int& connection, const std::string& client_id) {
    Session& session = sessions.Add(SessionOf(connection, "dev-1", client_id));
    session.reply_qos = 1;
    return session;
  }
  // For a second, with "1" as request id.
  bool Hold(const Session& session) {
    return replies.Hold(session, "1", accepted,
                        clock.SteadyNow() + std::chrono::seconds(1));
  }
  void Pass(SteadyTime::duration time) {
    clock.Advance(time);
    replies.OnTick();
  }

  const Reply accepted{.status = 202, .retry_after_s = 3, .body = "{}"};
  FakeClock clock;
  FakeLog log;
  MemoryStore store;
  FakeBroker broker;
  SessionTable sessions;
  RegistrationWriter writer{
      store,
      clock,
      log,
      {.pending_max = 100, .linger = std::chrono::milliseconds(0)}};
  RegistrationService service{store, writer, clock, log, {}};
  Replies replies{service, broker, sessions, clock};
  int one = 0, two = 0;  // connections
};

}  // namespace

TEST_CASE("replies: one goes to the session that asked, else to subscribers") {
  RepliesRig rig;
  Session& asked = rig.Connect(rig.one, "dev-1");
  rig.Connect(rig.two, "dev-1/sub").reply_qos = 0;
  rig.replies.Send(asked, "7", rig.accepted);
  asked.reply_qos.reset();
  rig.replies.Send(asked, "8", rig.accepted);
  REQUIRE(rig.broker.sent.size() == 2);
  CHECK(rig.broker.sent[0].client_id == "dev-1");
  CHECK(rig.broker.sent[0].topic ==
        "$dps/registrations/res/202/?$rid=7&retry-after=3");
  CHECK(rig.broker.sent[0].qos == 1);
  CHECK(rig.broker.sent[1].client_id == "dev-1/sub");
  CHECK(rig.broker.sent[1].qos == 0);
}

TEST_CASE("replies: a held one goes out once, when its time has come") {
  RepliesRig rig;
  REQUIRE(rig.Hold(rig.Connect(rig.one, "dev-1")));
  rig.Pass(std::chrono::milliseconds(999));
  CHECK(rig.broker.sent.empty());
  rig.Pass(std::chrono::milliseconds(1));
  CHECK(rig.broker.sent.size() == 1);
  rig.Pass(std::chrono::seconds(1));
  CHECK(rig.broker.sent.size() == 1);
}

TEST_CASE("replies: a held one never reaches another client") {
  RepliesRig rig;
  REQUIRE(rig.Hold(rig.Connect(rig.one, "dev-1")));
  SUBCASE("on a connection at the same place") {
    rig.replies.Forget(&rig.one);
    rig.sessions.Remove(&rig.one);
    rig.Connect(rig.one, "dev-1/b");
  }
  SUBCASE("under the same client id") { rig.Connect(rig.two, "dev-1"); }
  SUBCASE("once its own is gone") { rig.sessions.Remove(&rig.one); }
  rig.Pass(std::chrono::seconds(1));
  CHECK(rig.broker.sent.empty());
}

TEST_CASE("replies: only so many are held") {
  RepliesRig rig;
  const Session& session = rig.Connect(rig.one, "dev-1");
  for (std::size_t i = 0; i < limits::kHeldRepliesMax; ++i) {
    REQUIRE(rig.Hold(session));
  }
  CHECK_FALSE(rig.Hold(session));
  rig.replies.Forget(&rig.one);
  CHECK(rig.Hold(session));
}

}  // namespace dps
