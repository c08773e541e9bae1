// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/store_transport.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

std::string AuditOf(const Dpsctl& dpsctl) {
  std::ifstream file(dpsctl.store() + "/audit.log");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("store_transport: a change is in the audit with who made it") {
  const Dpsctl dpsctl;
  const CommandResult done = dpsctl.RunWith(
      "SUDO_USER=alice",
      {"enrollment", "create", "--eid", "dev-1", "--store", dpsctl.store()});
  CHECK(done.exit_code == 0);
  const std::string audit = AuditOf(dpsctl);
  const std::string line =
      audit.substr(audit.rfind('\n', audit.size() - 2) + 1);
  CHECK(Holds(line, "\"operation\":\"PUT /enrollments/dev-1\",\"status\":200"));
  CHECK(Holds(line, "\"idScope\":\"0neTEST\""));
  // Others than root can set the variable to what they like.
  CHECK(Holds(line, "\"who\":\"dpsctl as alice\"") == (getuid() == 0));
  CHECK(Holds(audit, "\"who\":\"" + OperatorName() + "\""));
  CHECK_FALSE(Holds(audit, "primaryKey"));
}

TEST_CASE("store_transport: looking leaves no line in the audit") {
  const Dpsctl dpsctl;
  const std::string before = AuditOf(dpsctl);
  dpsctl.Json({"enrollment", "list"});
  dpsctl.Json({"instance", "show"});
  CHECK(AuditOf(dpsctl) == before);
}

TEST_CASE("store_transport: what cannot be written down is not done") {
  const Dpsctl dpsctl;
  const std::string file = dpsctl.store() + "/audit.log";
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  CHECK(Holds(dpsctl.Refusal({"enrollment", "create", "--eid", "a"}),
              "the audit: "));
  CHECK(dpsctl.Json({"enrollment", "list"}) == "[]\n");
}

}  // namespace dps
