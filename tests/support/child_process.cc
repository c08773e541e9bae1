// SPDX-License-Identifier: Apache-2.0
#include "tests/support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>

namespace dps {
namespace {

// How often the collector looks whether it should stop.
constexpr int kStopCheckMs = 50;

Result<std::string> FindProgram(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path == nullptr ? "" : path) +
                             ":/usr/sbin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string file = folder + "/" + name;
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return Fail(Errc::kNotFound, "no program " + name);
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) {
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

// The later of two equal names wins, so that `added` overrides.
std::vector<std::string> Environment(const std::vector<std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    bool overridden = false;
    for (const std::string& other : added) {
      overridden = overridden || other.starts_with(name);
    }
    if (!overridden) all.emplace_back(text);
  }
  all.insert(all.end(), added.begin(), added.end());
  return all;
}

int InputFile(std::string_view input) {
  const int fd = memfd_create("input", MFD_CLOEXEC);
  if (fd < 0) return -1;
  const bool whole = write(fd, input.data(), input.size()) ==
                         static_cast<ssize_t>(input.size()) &&
                     lseek(fd, 0, SEEK_SET) == 0;
  if (whole) return fd;
  close(fd);
  return -1;
}

// What the child needs between fork and exec, where nothing may be allocated.
struct ChildSetup {
  const char* program;
  char* const* argv;
  char* const* envp;
  const char* directory;
  std::array<int, 3> fds;
};

[[noreturn]] void BecomeProgram(const ChildSetup& setup) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  for (int fd = 0; fd < 3; ++fd) dup2(setup.fds[static_cast<size_t>(fd)], fd);
  if (*setup.directory == '\0' || chdir(setup.directory) == 0) {
    execve(setup.program, setup.argv, setup.envp);
  }
  _exit(127);
}

// glibc 2.36 declares pidfd_open() for C only.
int PidFd(pid_t pid) {
  return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}

int Occurrences(std::string_view text, std::string_view part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const ChildCommand& command) {
  DPS_TRY(const std::string program, FindProgram(command.argv.at(0)));
  const std::vector<std::string> environment = Environment(command.environment);
  const std::vector<char*> argv = Pointers(command.argv);
  const std::vector<char*> envp = Pointers(environment);
  const int input = InputFile(command.input);
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (input < 0 || pipe2(out.data(), O_CLOEXEC) != 0 ||
      pipe2(err.data(), O_CLOEXEC) != 0) {
    return Fail(Errc::kUnavailable, "cannot make pipes for " + program);
  }
  const ChildSetup setup{.program = program.c_str(),
                         .argv = argv.data(),
                         .envp = envp.data(),
                         .directory = command.directory.c_str(),
                         .fds = {input, out[1], err[1]}};
  const pid_t pid = fork();
  if (pid == 0) BecomeProgram(setup);
  for (const int fd : setup.fds) close(fd);
  if (pid < 0) return Fail(Errc::kUnavailable, "cannot fork");
  return std::unique_ptr<ChildProcess>(
      new ChildProcess(pid, PidFd(pid), out[0], err[0]));
}

ChildProcess::ChildProcess(pid_t pid, int pid_fd, int out_fd, int err_fd)
    : pid_(pid),
      pid_fd_(pid_fd),
      out_fd_(out_fd),
      err_fd_(err_fd),
      collector_([this](const std::stop_token& stop) { Collect(stop); }) {}

ChildProcess::~ChildProcess() {
  Signal(SIGKILL);
  static_cast<void>(Wait());
  collector_.request_stop();
  collector_.join();
  close(pid_fd_);
  close(out_fd_);
  close(err_fd_);
}

void ChildProcess::Signal(int signal) const {
  if (exit_code_ < 0) kill(pid_, signal);
}

Result<int> ChildProcess::Wait(std::chrono::milliseconds patience) {
  if (exit_code_ >= 0) return exit_code_;
  pollfd ended{.fd = pid_fd_, .events = POLLIN, .revents = 0};
  if (poll(&ended, 1, static_cast<int>(patience.count())) <= 0) {
    return Fail(Errc::kUnavailable, "the child still runs");
  }
  int status = 0;
  waitpid(pid_, &status, 0);
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  // A grandchild may hold the pipes open, so their end is not waited for long.
  std::unique_lock lock(mutex_);
  written_.wait_for(lock, std::chrono::seconds(1), [&] { return closed_; });
  return exit_code_;
}

std::string ChildProcess::out() const {
  const std::lock_guard lock(mutex_);
  return out_;
}

std::string ChildProcess::err() const {
  const std::lock_guard lock(mutex_);
  return err_;
}

bool ChildProcess::HasText(std::string_view text, int times) const {
  return Occurrences(out_, text) >= times || Occurrences(err_, text) >= times;
}

bool ChildProcess::WaitForText(std::string_view text, int times,
                               std::chrono::milliseconds patience) const {
  std::unique_lock lock(mutex_);
  written_.wait_for(lock, patience,
                    [&] { return closed_ || HasText(text, times); });
  return HasText(text, times);
}

void ChildProcess::Collect(const std::stop_token& stop) {
  std::array<pollfd, 2> pipes{pollfd{out_fd_, POLLIN, 0},
                              pollfd{err_fd_, POLLIN, 0}};
  const std::array<std::string*, 2> texts{&out_, &err_};
  std::array<char, 16384> buffer{};
  while (!stop.stop_requested() && (pipes[0].fd >= 0 || pipes[1].fd >= 0)) {
    if (poll(pipes.data(), pipes.size(), kStopCheckMs) <= 0) continue;
    for (size_t i = 0; i < pipes.size(); ++i) {
      if (pipes[i].fd < 0 || pipes[i].revents == 0) continue;
      const ssize_t got = read(pipes[i].fd, buffer.data(), buffer.size());
      if (got <= 0) {
        pipes[i].fd = -1;  // poll() skips it from now on
        continue;
      }
      const std::lock_guard lock(mutex_);
      texts[i]->append(buffer.data(), static_cast<size_t>(got));
      written_.notify_all();
    }
  }
  const std::lock_guard lock(mutex_);
  closed_ = true;
  written_.notify_all();
}

Result<CommandResult> RunCommand(const ChildCommand& command,
                                 std::chrono::milliseconds patience) {
  DPS_TRY(const auto child, ChildProcess::Start(command));
  DPS_TRY(const int exit_code, child->Wait(patience));
  return CommandResult{
      .exit_code = exit_code, .out = child->out(), .err = child->err()};
}

}  // namespace dps
