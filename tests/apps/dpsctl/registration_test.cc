// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/dpsctl_runner.h"
#include "tests/support/sample_documents.h"

namespace dps {
namespace {

// As the broker would, while dpsctl is another process.
void RegisterDevice(const Dpsctl& dpsctl, const std::string& id,
                    const std::string& group) {
  RegistrationRecord record{.registration_id = Device(id),
                            .assigned_hub = "a.example",
                            .device_id = id,
                            .operation_id = "hidden-operation",
                            .etag_text = "etag-1"};
  if (!group.empty()) record.enrollment_group_id = Group(group);
  dpsctl.Commit(
      Put<RegistrationRecord>{Scope("0neTEST"), record, Expect::Absent()});
}

void Connect(const Dpsctl& dpsctl) {
  dpsctl.Json({"linked-hub", "update", "--hub-name", "a.example", "--connector",
               "webhook", "--connector-url", "http://a"});
}

std::string Notes(const Dpsctl& dpsctl, std::vector<std::string> more) {
  more.insert(more.begin(), {"registration", "delete"});
  const CommandResult done = dpsctl.Run(more);
  CHECK(done.exit_code == 0);
  return done.err;
}

}  // namespace

TEST_CASE("registration: what the broker committed is shown at once") {
  const Dpsctl dpsctl;
  CHECK(dpsctl.Refusal({"registration", "show", "--rid", "dev-1"}) ==
        "there is no registration of dev-1");
  RegisterDevice(dpsctl, "dev-1", "");
  const std::string shown =
      dpsctl.Json({"registration", "show", "--rid", "dev-1"});
  CHECK(Member(shown, "status") == "assigned");
  CHECK(Member(shown, "assignedHub") == "a.example");
  CHECK_FALSE(Holds(shown, "hidden-operation"));
}

TEST_CASE("registration: an enrollment shows its device's registration") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment", "create", "--eid", "dev-1"});
  RegisterDevice(dpsctl, "dev-1", "");
  for (const char* keys : {"--show-keys=false", "--show-keys"}) {
    CHECK(Holds(dpsctl.Json({"enrollment", "show", "--eid", "dev-1", keys}),
                "\"assignedHub\": \"a.example\""));
  }
  dpsctl.Json({"enrollment", "update", "--eid", "dev-1", "--ps", "disabled"});
  dpsctl.Json({"enrollment", "delete", "--eid", "dev-1"});
  CHECK(dpsctl.Json({"registration", "list"}) == "[]\n");
}

TEST_CASE("registration: list shows all, or one group's") {
  const Dpsctl dpsctl;
  RegisterDevice(dpsctl, "a", "g");
  RegisterDevice(dpsctl, "b", "");
  const std::string all = dpsctl.Json({"registration", "list", "-o", "table"});
  CHECK(Holds(all, "\na "));
  CHECK(Holds(all, "\nb "));
  const std::string one =
      dpsctl.Json({"registration", "list", "--enrollment-id", "G"});
  CHECK(Holds(one, "\"registrationId\": \"a\""));
  CHECK_FALSE(Holds(one, "\"registrationId\": \"b\""));
  CHECK(Holds(dpsctl.Json({"registration", "list", "--top", "1"}), "\"a\""));
}

TEST_CASE("registration: delete forgets one, with the right etag only") {
  const Dpsctl dpsctl;
  RegisterDevice(dpsctl, "a", "");
  CHECK(Holds(
      dpsctl.Refusal({"registration", "delete", "--rid", "a", "-e", "old"}),
      "another etag"));
  CHECK(dpsctl.Json({"registration", "delete", "--rid", "a"}) == "");
  CHECK(dpsctl.Refusal({"registration", "delete", "--rid", "a"}) ==
        "there is no registration of a");
}

TEST_CASE("registration: a goodbye says what is done and what is left") {
  const Dpsctl dpsctl;
  Connect(dpsctl);
  RegisterDevice(dpsctl, "a", "g");
  const std::string notes =
      Notes(dpsctl, {"--rid", "a", "--with-hub-identity", "--disenroll"});
  CHECK(Holds(notes, "`dpsctl hub-task list` shows what is left to do"));
  CHECK(Holds(notes, "a disabled enrollment of its own keeps it out"));
  CHECK(Holds(dpsctl.Json({"hub-task", "list"}), "r/a.example/a"));
  CHECK(Holds(dpsctl.Json({"enrollment", "show", "--eid", "a"}), "disabled"));
}

TEST_CASE("registration: a hub without connector keeps what it knows") {
  const Dpsctl dpsctl;
  RegisterDevice(dpsctl, "a", "");
  const std::string notes =
      Notes(dpsctl, {"--rid", "a", "--with-hub-identity", "--disenroll"});
  CHECK(Holds(notes, "hub a.example has no connector"));
  CHECK(Holds(notes, "it had no enrollment"));
}

TEST_CASE("registration: a deleted enrollment is told") {
  const Dpsctl dpsctl;
  dpsctl.Json({"enrollment", "create", "--eid", "a"});
  RegisterDevice(dpsctl, "a", "");
  CHECK(Holds(Notes(dpsctl, {"--rid", "a", "--disenroll"}),
              "its enrollment is deleted"));
  CHECK(Holds(dpsctl.Refusal({"enrollment", "show", "--eid", "a"}),
              "there is no enrollment a"));
}

TEST_CASE("registration: a whole group's are deleted on demand only") {
  const Dpsctl dpsctl;
  Connect(dpsctl);
  Batch batch;
  for (int i = 0; i < 120; ++i) {
    RegistrationRecord record =
        RecordDocument("dev-" + std::to_string(i), "line");
    record.assigned_hub = i < 110 ? "a.example" : "b.example";
    batch.changes.emplace_back(
        Put<RegistrationRecord>{Scope("0neTEST"), record, Expect::Absent()});
  }
  REQUIRE(
      LmdbStore::Open({.directory = dpsctl.store()}).value()->Commit(batch));
  CHECK(Holds(
      dpsctl.Refusal({"registration", "delete", "--enrollment-group", "line"}),
      "say --yes"));
  CHECK(Holds(dpsctl.Refusal({"registration", "delete", "--eid", "line",
                              "--yes", "-e", "x"}),
              "--etag is of one"));
  const CommandResult done =
      dpsctl.Run({"registration", "delete", "--enrollment-group", "line",
                  "--yes", "--with-hub-identity"});
  CHECK(done.exit_code == 0);
  CHECK(Holds(done.out, "\"deleted\": 120,"));
  CHECK(Holds(done.out, "\"hubTasks\": 110,"));
  CHECK(Holds(done.out, "\"withoutConnector\": 10,"));
  CHECK(Holds(done.err, "hub-task list"));
  CHECK(dpsctl.Json({"registration", "list"}) == "[]\n");
}

TEST_CASE("registration: those that fit are deleted, and no others") {
  const Dpsctl dpsctl;
  RegisterDevice(dpsctl, "dev-1", "line");
  RegisterDevice(dpsctl, "dev-2", "line");
  RegisterDevice(dpsctl, "dev-3", "");
  const RegistrationRecord failed{.registration_id = Device("dev-4"),
                                  .status = RegistrationStatus::kFailed,
                                  .etag_text = "etag-1",
                                  .created = kNoon,
                                  .last_updated = kNoon};
  dpsctl.Commit(
      Put<RegistrationRecord>{Scope("0neTEST"), failed, Expect::Absent()});
  const CommandResult trial = dpsctl.Run(
      {"registration", "delete", "--hub-name", "a.example", "--dry-run"});
  CHECK(trial.exit_code == 0);
  CHECK(Holds(trial.out, "\"wouldBeDeleted\": 3"));
  CHECK(trial.err == "dpsctl: nothing was deleted\n");
  CHECK(Holds(dpsctl.Json({"registration", "delete", "--status", "failed"}),
              "\"deleted\": 1,"));
  CHECK(Holds(dpsctl.Json({"registration", "delete", "--hub-name", "b.example",
                           "--updated-before", "2030-01-01T00:00:00Z"}),
              "\"deleted\": 0,"));
  CHECK(Holds(dpsctl.Json({"registration", "delete", "--gid", "line",
                           "--status", "assigned"}),
              "\"deleted\": 2,"));
  CHECK(Holds(dpsctl.Json({"registration", "list"}), "dev-3"));
}

TEST_CASE("registration: all of the instance are deleted by --all --yes only") {
  const Dpsctl dpsctl;
  RegisterDevice(dpsctl, "dev-1", "line");
  RegisterDevice(dpsctl, "dev-2", "");
  CHECK(dpsctl.Refusal({"registration", "delete", "--all"}) ==
        "this deletes the registrations of all devices of the instance; say "
        "--yes if it is meant");
  const CommandResult trial =
      dpsctl.Run({"registration", "delete", "--all", "--dry-run"});
  CHECK(Holds(trial.out, "\"wouldBeDeleted\": 2"));
  CHECK(Holds(dpsctl.Json({"registration", "delete", "--all", "--yes"}),
              "\"deleted\": 2,"));
  CHECK(dpsctl.Json({"registration", "list"}) == "[]\n");
}

TEST_CASE("registration: who deletes names one device or what must hold") {
  const Dpsctl dpsctl;
  dpsctl.UsageError({"registration", "delete"});
  dpsctl.UsageError({"registration", "delete", "--yes"});
  dpsctl.UsageError({"registration", "delete", "--rid", "a", "--all"});
  dpsctl.UsageError(
      {"registration", "delete", "--rid", "a", "--status", "failed"});
  dpsctl.UsageError(
      {"registration", "delete", "--rid", "a", "--enrollment-group", "g"});
}

TEST_CASE("registration: a list can be of those that failed, or of a hub") {
  const Dpsctl dpsctl;
  RegisterDevice(dpsctl, "dev-1", "line-1");
  const RegistrationRecord failed{.registration_id = Device("dev-2"),
                                  .status = RegistrationStatus::kFailed,
                                  .etag_text = "etag-1",
                                  .last_updated = kNoon};
  dpsctl.Commit(
      Put<RegistrationRecord>{Scope("0neTEST"), failed, Expect::Absent()});
  const auto list = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"registration", "list"});
    const std::string rows = dpsctl.Json(more);
    return std::pair(Holds(rows, "dev-1"), Holds(rows, "dev-2"));
  };
  using Both = std::pair<bool, bool>;
  CHECK(list({"--status", "failed"}) == Both(false, true));
  CHECK(list({"--hub-name", "A.example"}) == Both(true, false));
  CHECK(list({"--updated-since", "2026-11-21T12:00:00Z"}) == Both(false, true));
  CHECK(list({"--status", "failed", "--eid", "line-1"}) == Both(false, false));
  CHECK(dpsctl.Refusal({"registration", "list", "--updated-before", "soon"}) ==
        "--updated-before must be a time like 2026-11-22T16:00:00Z, not soon");
}

}  // namespace dps
