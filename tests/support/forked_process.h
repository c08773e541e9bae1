// SPDX-License-Identifier: Apache-2.0
// A second process for a test, by fork(): start it before this one has threads
// or an open store.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <stdexcept>

#include "tests/support/patience.h"

namespace dps {

// One end of two pipes: what one end tells, the other awaits, in order.
class ProcessLink {
 public:
  ProcessLink(int in, int out) : in_(in), out_(out) {}

  void Tell() const {
    if (write(out_, "!", 1) != 1) throw std::runtime_error("peer is gone");
  }
  // Throws when the other end dies or stays silent for kPatience.
  void Await() const {
    pollfd poll_in{.fd = in_, .events = POLLIN, .revents = 0};
    char byte = 0;
    constexpr int kPatienceMs = std::chrono::milliseconds(kPatience).count();
    if (poll(&poll_in, 1, kPatienceMs) != 1 || read(in_, &byte, 1) != 1) {
      throw std::runtime_error("peer is silent");
    }
  }

 private:
  int in_;
  int out_;
};

class ForkedProcess {
 public:
  // The child runs `body` and exits: 0 if it returns true, else 1.
  explicit ForkedProcess(const std::function<bool(const ProcessLink&)>& body) {
    if (pipe(to_child_.data()) != 0 || pipe(to_parent_.data()) != 0) {
      throw std::runtime_error("no pipe");
    }
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("no process");
    if (pid_ == 0) RunChild(body);
    close(to_child_[0]);
    close(to_parent_[1]);
  }
  ForkedProcess(const ForkedProcess&) = delete;
  ForkedProcess& operator=(const ForkedProcess&) = delete;
  ~ForkedProcess() {
    Kill();
    close(to_child_[1]);
    close(to_parent_[0]);
  }

  ProcessLink link() const { return {to_parent_[0], to_child_[1]}; }

  // Waits for the end; whether `body` returned true.
  bool Succeeded() {
    int status = 1;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  // SIGKILL; returns when the process is gone.
  void Kill() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  [[noreturn]] void RunChild(
      const std::function<bool(const ProcessLink&)>& body) const {
    close(to_child_[1]);
    close(to_parent_[0]);
    try {
      _exit(body(ProcessLink(to_child_[0], to_parent_[1])) ? 0 : 1);
    } catch (...) {
      _exit(1);
    }
  }

  std::array<int, 2> to_child_{};
  std::array<int, 2> to_parent_{};
  pid_t pid_ = -1;
};

}  // namespace dps
