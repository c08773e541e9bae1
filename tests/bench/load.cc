// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <memory>
#include <set>
#include <utility>

#include "tests/support/patience.h"

namespace dps::bench {
namespace {

SteadyTime Now() { return std::chrono::steady_clock::now(); }

// The CPU time of a process with all its threads, also those that ended.
std::chrono::nanoseconds CpuTime(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0) return {};
  clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) +
         std::chrono::nanoseconds(time.tv_nsec);
}

Percentiles PercentilesOf(std::vector<Milliseconds> values) {
  std::ranges::sort(values);
  const auto at = [&](std::size_t percent) {
    return values.at((values.size() - 1) * percent / 100);
  };
  return {.p50 = at(50), .p99 = at(99)};
}

template <class Span>
Percentiles PercentilesOf(const std::vector<Steps>& flows, Span span) {
  std::vector<Milliseconds> values;
  values.reserve(flows.size());
  for (const Steps& steps : flows) values.emplace_back(span(steps));
  return PercentilesOf(std::move(values));
}

class LoadRun {
 public:
  LoadRun(const Load& load, const std::vector<DeviceScript>& scripts)
      : load_(load),
        scripts_(scripts),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        slots_(std::min(scripts.size(),
                        static_cast<std::size_t>(load.concurrency))) {
    flows_.reserve(scripts.size());
  }
  LoadRun(const LoadRun&) = delete;
  LoadRun& operator=(const LoadRun&) = delete;
  ~LoadRun() { close(epoll_); }

  Result<LoadResult> Run() {
    const auto cpu_before = CpuTime(load_.broker);
    const SteadyTime started = Now();
    for (std::size_t i = 0; i < slots_.size(); ++i) StartNext(i);
    last_end_ = Now();
    while (flows_.size() < scripts_.size() && failure_.empty()) Turn();
    if (!failure_.empty()) return Fail(Errc::kUnavailable, failure_);
    return Measured(Now() - started, CpuTime(load_.broker) - cpu_before);
  }

 private:
  void StartNext(std::size_t slot) {
    slots_[slot].reset();
    if (next_ == scripts_.size()) return;
    slots_[slot] =
        std::make_unique<Device>(scripts_[next_++], load_.port, load_.tls);
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET,
                      .data = {.u64 = slot}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, slots_[slot]->fd(), &event);
  }

  // Milliseconds until the next poll is due, at most a second.
  int UntilNextPoll() const {
    if (due_.empty()) return 1000;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        due_.begin()->first - Now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1000));
  }

  void Turn() {
    std::array<epoll_event, 256> events{};
    const int count =
        epoll_wait(epoll_, events.data(), events.size(), UntilNextPoll());
    const SteadyTime now = Now();
    for (int i = 0; i < count; ++i) {
      OnEvent(events[static_cast<std::size_t>(i)].data.u64, now);
    }
    while (!due_.empty() && due_.begin()->first <= now) {
      const std::size_t slot = due_.begin()->second;
      due_.erase(due_.begin());
      slots_[slot]->Poll(now);
    }
    if (now - last_end_ > kPatience) failure_ = "no flow ends any more";
  }

  void OnEvent(std::size_t slot, SteadyTime now) {
    Device& device = *slots_[slot];
    const bool was_due = device.poll_due().has_value();
    device.Advance(now, load_.poll_delay);
    if (!was_due && device.poll_due()) due_.emplace(*device.poll_due(), slot);
    if (!device.ended()) return;
    if (failure_.empty()) failure_ = device.failure();
    std::erase_if(due_, [&](const auto& due) { return due.second == slot; });
    flows_.push_back(device.steps());
    last_end_ = now;
    StartNext(slot);
  }

  LoadResult Measured(SteadyTime::duration took,
                      std::chrono::nanoseconds cpu) const {
    const auto count = static_cast<double>(flows_.size());
    double polls = 0;
    for (const Steps& steps : flows_) polls += steps.polls;
    return {.flows_per_s = count / std::chrono::duration<double>(took).count(),
            .broker_cpu_us_per_flow =
                std::chrono::duration<double, std::micro>(cpu).count() / count,
            .polls_per_flow = polls / count,
            .connect = PercentilesOf(
                flows_, [](const Steps& s) { return s.connected - s.started; }),
            .register_call = PercentilesOf(flows_,
                                           [](const Steps& s) {
                                             return s.register_answered -
                                                    s.register_sent;
                                           }),
            .poll = PercentilesOf(
                flows_,
                [](const Steps& s) { return s.poll_answered - s.poll_sent; }),
            .flow = PercentilesOf(
                flows_, [](const Steps& s) { return s.ended - s.started; })};
  }

  const Load& load_;
  const std::vector<DeviceScript>& scripts_;
  const int epoll_;
  std::size_t next_ = 0;  // script to start
  std::vector<std::unique_ptr<Device>> slots_;
  std::set<std::pair<SteadyTime, std::size_t>> due_;  // polls, by slot
  std::vector<Steps> flows_;
  SteadyTime last_end_;
  std::string failure_;
};

}  // namespace

Result<LoadResult> RunLoad(const Load& load,
                           const std::vector<DeviceScript>& scripts) {
  return LoadRun(load, scripts).Run();
}

}  // namespace dps::bench
