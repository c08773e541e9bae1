// SPDX-License-Identifier: Apache-2.0
#include "core/registration/hub_jobs.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/fleet.h"

namespace dps {
namespace {

using std::chrono_literals::operator""s;

const SteadyTime kStart{};

HubJob JobOf(const std::string& device, HubTaskKind kind,
             std::string_view hub = kHub1) {
  const HubName name = *HubName::Parse(hub);
  return {.scope = TestScope(),
          .hub = name,
          .task = HubTask{.kind = kind,
                          .hub = name,
                          .device_id = device,
                          .registration_id = Rid(device)}};
}

HubJob Provisioning(const std::string& device, std::string_view hub = kHub1) {
  return JobOf(device, HubTaskKind::kProvision, hub);
}

// Which device's job is next, "" if none.
std::string Next(HubJobs& jobs, SteadyTime now = kStart) {
  const auto job = jobs.Take(now);
  return job ? job->task->device_id : "";
}

}  // namespace

TEST_CASE("hub_jobs: a hub takes so many at once, another hub its own") {
  HubJobs jobs(2);
  for (const char* device : {"a", "b", "c"}) jobs.Add(Provisioning(device));
  jobs.Add(Provisioning("d", kHub2));
  CHECK(Next(jobs) == "a");
  CHECK(Next(jobs) == "b");
  CHECK(Next(jobs) == "d");
  CHECK(Next(jobs).empty());
  jobs.End(Provisioning("a"));
  CHECK(Next(jobs) == "c");
}

TEST_CASE("hub_jobs: devices are counted by hub until their jobs end") {
  HubJobs jobs(2);
  const auto devices = [&](std::string_view hub) {
    return jobs.DevicesOf(TestScope(), *HubName::Parse(hub));
  };
  for (const char* device : {"a", "b"}) jobs.Add(Provisioning(device));
  jobs.Add(JobOf("c", HubTaskKind::kRemove));
  CHECK(devices(kHub1) == 2);
  CHECK(devices(kHub2) == 0);
  const auto first = jobs.Take(kStart);
  REQUIRE(first);
  CHECK(devices(kHub1) == 2);
  // It is put off, and waits again.
  jobs.Add(*first);
  jobs.End(*first);
  CHECK(devices(kHub1) == 2);
  CHECK(Next(jobs) == "b");
  jobs.End(Provisioning("b"));
  CHECK(devices(kHub1) == 1);
}

TEST_CASE("hub_jobs: a device has one job at a time, whatever the hub") {
  HubJobs jobs(4);
  jobs.Add(Provisioning("a"));
  jobs.Add(JobOf("a", HubTaskKind::kRemove, kHub2));
  CHECK(Next(jobs) == "a");
  CHECK(Next(jobs).empty());
  jobs.End(Provisioning("a"));
  const auto removal = jobs.Take(kStart);
  REQUIRE(removal);
  CHECK(removal->task->kind == HubTaskKind::kRemove);
}

TEST_CASE("hub_jobs: devices that wait go before all else") {
  HubJobs jobs(4);
  jobs.Add(JobOf("a", HubTaskKind::kRemove));
  jobs.Add({.scope = TestScope(), .hub = *HubName::Parse(kHub1)});
  jobs.Add(Provisioning("b"));
  CHECK(Next(jobs) == "b");
  CHECK(Next(jobs) == "a");
  const auto look = jobs.Take(kStart);
  REQUIRE(look);
  CHECK_FALSE(look->task);
}

TEST_CASE("hub_jobs: a job that waits for its time lets others pass") {
  HubJobs jobs(4);
  HubJob later = Provisioning("a");
  later.not_before = kStart + 5s;
  jobs.Add(later);
  CHECK(jobs.NextDue(kStart) == kStart + 5s);
  jobs.Add(Provisioning("b"));
  CHECK(Next(jobs) == "b");
  CHECK(Next(jobs).empty());
  CHECK(Next(jobs, kStart + 5s) == "a");
  CHECK_FALSE(jobs.NextDue(kStart));
}

TEST_CASE("hub_jobs: a job is held from when it comes until it has ended") {
  HubJobs jobs(4);
  const HubJob job = Provisioning("a");
  CHECK_FALSE(jobs.Holds(job));
  jobs.Add(job);
  CHECK(jobs.Holds(job));
  CHECK(jobs.waiting() == 1);
  REQUIRE(jobs.Take(kStart));
  CHECK(jobs.Holds(job));
  CHECK(jobs.waiting() == 0);
  // It comes back before it has ended.
  jobs.Add(job);
  jobs.End(job);
  CHECK(jobs.Holds(job));
  REQUIRE(jobs.Take(kStart));
  jobs.End(job);
  CHECK_FALSE(jobs.Holds(job));
}

}  // namespace dps
