// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"
#include "tests/support/sample_documents.h"
#include "tests/support/unreadable_task.h"

namespace dps {
namespace {

HubTask Removal(const std::string& device) {
  return {.kind = HubTaskKind::kRemove,
          .hub = *HubName::Parse("a.example"),
          .device_id = device,
          .registration_id = Device(device),
          .due = kNoon,
          .attempts = 3,
          .last_error = "no answer",
          .etag_text = "etag-1"};
}

void Keep(const Dpsctl& dpsctl, const HubTask& task) {
  dpsctl.Commit(Put<HubTask>{Scope("0neTEST"), task, Expect::Absent()});
}

}  // namespace

TEST_CASE("hub-task: tasks are listed, shown, retried and given up") {
  const Dpsctl dpsctl;
  CHECK(dpsctl.Json({"hub-task", "list"}) == "[]\n");
  Keep(dpsctl, Removal("dev-1"));
  const std::string id = "r/a.example/dev-1";
  const std::string listed = dpsctl.Json({"hub-task", "list", "-o", "table"});
  CHECK(Holds(listed, id + "  remove  a.example  dev-1"));
  CHECK(Holds(listed, "3         no answer\n"));
  CHECK(Member(dpsctl.Json({"hub-task", "show", "--task-id", id}), "id") == id);
  const std::string retried =
      dpsctl.Json({"hub-task", "retry", "--task-id", id});
  CHECK(Holds(retried, "\"attempts\": 0"));
  CHECK(Holds(dpsctl.Refusal({"hub-task", "delete", "--id", id, "-e", "old"}),
              "another etag"));
  CHECK(dpsctl.Json({"hub-task", "delete", "--id", id}) == "");
  for (const char* verb : {"show", "retry", "delete"}) {
    CHECK(Holds(dpsctl.Refusal({"hub-task", verb, "--id", id}),
                "there is no hub task " + id));
  }
}

TEST_CASE("hub-task: the list is filtered and cut") {
  const Dpsctl dpsctl;
  Keep(dpsctl, Removal("dev-1"));
  Keep(dpsctl, Removal("dev-2"));
  const auto list = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"hub-task", "list"});
    return dpsctl.Json(more);
  };
  CHECK(Holds(list({"--hub-name", "A.example"}), "dev-2"));
  CHECK(list({"--hub-name", "b.example"}) == "[]\n");
  CHECK(Holds(list({"--kind", "remove", "--hub-name", "a.example"}), "dev-1"));
  CHECK(list({"--kind", "notify"}) == "[]\n");
  CHECK_FALSE(Holds(list({"--top", "1"}), "dev-2"));
  CHECK(
      Holds(dpsctl.UsageError({"hub-task", "list", "--kind", "x"}), "--kind"));
}

TEST_CASE("hub-task: a provisioning says who has it in hand") {
  const Dpsctl dpsctl;
  HubTask task = Removal("dev-1");
  task.kind = HubTaskKind::kProvision;
  task.record = RecordDocument("dev-1");
  Keep(dpsctl, task);
  CHECK(Holds(dpsctl.Refusal({"hub-task", "delete", "--id", "p/dev-1"}),
              "deletes the registration of dev-1"));
}

TEST_CASE("hub-task: what cannot be read is named, and deleted") {
  const Dpsctl dpsctl;
  Keep(dpsctl, Unreadable(Removal("dev-1")));
  Keep(dpsctl, Removal("dev-2"));
  const std::string id = "r/a.example/dev-1";
  const std::string listed = dpsctl.Json({"hub-task", "list", "-o", "table"});
  CHECK(Holds(listed, "the stored hub task " + id));
  CHECK(Holds(listed, "cannot be read: "));
  CHECK(Holds(listed, "no answer\n"));
  CHECK(
      Holds(dpsctl.Json({"hub-task", "show", "--id", id}), "cannot be read: "));
  CHECK(Holds(dpsctl.Refusal({"hub-task", "retry", "--id", id}),
              "can only be deleted"));

  const CommandResult hubs = dpsctl.Run({"linked-hub", "list"});
  CHECK(hubs.exit_code == 0);
  CHECK(Holds(hubs.out, "\"unreadableHubTasks\": 1"));
  CHECK(Holds(hubs.err, "cannot be read, of whatever hub: 1;"));
  dpsctl.Json({"linked-hub", "add", "--hub-name", "c.example"});
  dpsctl.Json({"linked-hub", "update", "--hub-name", "a.example",
               "--allocation-weight", "2"});

  CHECK(dpsctl.Json({"hub-task", "delete", "--id", id}) == "");
  CHECK_FALSE(Holds(dpsctl.Json({"hub-task", "list"}), "dev-1"));
  CHECK_FALSE(Holds(dpsctl.Json({"linked-hub", "list"}), "unreadable"));
}

}  // namespace dps
