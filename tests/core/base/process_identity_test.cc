// SPDX-License-Identifier: Apache-2.0
#include "core/base/process_identity.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

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

TEST_CASE("process_identity: who cannot be seen may live") {
  CHECK_FALSE(HasEnded("elsewhere:1:1"));
  CHECK_FALSE(HasEnded(""));
  CHECK_FALSE(HasEnded(":"));
}

}  // namespace dps
