// SPDX-License-Identifier: Apache-2.0
#include "core/base/process_identity.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace dps {

TEST_CASE("process_identity: this process lives") {
  CHECK_FALSE(OwnProcessIdentity().empty());
  CHECK_FALSE(HasEnded(OwnProcessIdentity()));
}

TEST_CASE("process_identity: another process of the same number is another") {
  const std::string own = OwnProcessIdentity();
  CHECK(HasEnded(own.substr(0, own.rfind(':')) + ":1"));
}

TEST_CASE("process_identity: a process that was is known to have ended") {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  const std::string own = OwnProcessIdentity();
  const std::string gone = own.substr(0, own.find(':') + 1) +
                           std::to_string(child) + own.substr(own.rfind(':'));
  CHECK(HasEnded(gone));
}

TEST_CASE("process_identity: a killed process nobody asked for has ended") {
  const pid_t child = fork();
  if (child == 0) pause();
  const auto start_of = [](pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string stat{std::istreambuf_iterator<char>(file), {}};
    std::istringstream fields(stat.substr(stat.rfind(')') + 1));
    std::string field;
    for (int i = 0; i < 20; ++i) fields >> field;
    return field;
  };
  const std::string own = OwnProcessIdentity();
  const std::string identity = own.substr(0, own.find(':') + 1) +
                               std::to_string(child) + ":" + start_of(child);
  CHECK_FALSE(HasEnded(identity));
  REQUIRE(kill(child, SIGKILL) == 0);
  // Dead, but not reaped.
  siginfo_t info{};
  REQUIRE(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) ==
          0);
  CHECK(HasEnded(identity));
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(HasEnded(identity));
}

TEST_CASE("process_identity: who cannot be seen may live") {
  CHECK_FALSE(HasEnded("elsewhere:1:1"));
  CHECK_FALSE(HasEnded(""));
  CHECK_FALSE(HasEnded(":"));
}

}  // namespace dps
