// SPDX-License-Identifier: Apache-2.0
// Programs as children of a test: started, watched, and never left behind.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "core/base/result.h"
#include "tests/support/patience.h"

namespace dps {

struct ChildCommand {
  // argv[0] without a slash is looked up on PATH, then in /usr/sbin.
  std::vector<std::string> argv;
  // NAME=value, added to the own environment.
  std::vector<std::string> environment;
  std::string input;      // what the child finds on its standard input
  std::string directory;  // to run in; empty = the own one
};

// A running child. Its output is collected by a thread of its own, so the
// child never waits for the test. The child dies with the thread that started
// it.
class ChildProcess {
 public:
  // Errors: kNotFound (no such program), kUnavailable.
  [[nodiscard]] static Result<std::unique_ptr<ChildProcess>> Start(
      const ChildCommand& command);

  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  // Kills and reaps.
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  // Does nothing once the child was reaped.
  void Signal(int signal) const;

  // Waits for the end and reaps. The exit code, or 128 + the signal that
  // ended it; the same again on later calls. Errors: kUnavailable (it still
  // runs).
  [[nodiscard]] Result<int> Wait(
      std::chrono::milliseconds patience = kPatience);

  // What was written so far, whole once Wait() succeeded.
  std::string out() const;
  std::string err() const;

  // Waits until `text` was written `times` times to one of the two. False if
  // patience ends or the child closes both first.
  [[nodiscard]] bool WaitForText(
      std::string_view text, int times = 1,
      std::chrono::milliseconds patience = kPatience) const;

 private:
  ChildProcess(pid_t pid, int pid_fd, int out_fd, int err_fd);
  void Collect(const std::stop_token& stop);
  bool HasText(std::string_view text, int times) const;

  const pid_t pid_;
  const int pid_fd_;
  int out_fd_;
  int err_fd_;
  int exit_code_ = -1;  // -1 = not reaped
  mutable std::mutex mutex_;
  mutable std::condition_variable written_;
  std::string out_;
  std::string err_;
  bool closed_ = false;
  std::jthread collector_;
};

struct CommandResult {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// Runs a command to its end. Errors: as Start() and Wait(); the child is then
// killed.
[[nodiscard]] Result<CommandResult> RunCommand(
    const ChildCommand& command,
    std::chrono::milliseconds patience = kPatience);

}  // namespace dps
