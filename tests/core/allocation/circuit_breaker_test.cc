// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/circuit_breaker.h"

#include <doctest/doctest.h>

#include <utility>

#include "core/base/limits.h"

namespace dps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SteadyTime kStart{std::chrono::hours(1)};
constexpr SteadyTime kPauseOver = kStart + limits::kWebhookPause;

using Ticket = CircuitBreaker::Ticket;

Ticket AdmitAt(CircuitBreaker& breaker, SteadyTime now) {
  const auto ticket = breaker.Admit("", now);
  REQUIRE(ticket);
  return *ticket;
}

// Whether one of so many calls opened it.
bool FailAt(CircuitBreaker& breaker, SteadyTime now, int times = 1) {
  bool opened = false;
  for (int i = 0; i < times; ++i) {
    opened = breaker.OnFailure(AdmitAt(breaker, now), "", now);
  }
  return opened;
}

CircuitBreaker Opened() {
  CircuitBreaker breaker;
  REQUIRE(FailAt(breaker, kStart, limits::kWebhookFailuresMax));
  return breaker;
}

// Admitted by the closed breaker it returns opened.
std::pair<CircuitBreaker, Ticket> OpenedMeanwhile() {
  CircuitBreaker breaker;
  const Ticket early = AdmitAt(breaker, kStart);
  REQUIRE(FailAt(breaker, kStart, limits::kWebhookFailuresMax));
  return {breaker, early};
}

}  // namespace

TEST_CASE("circuit_breaker: it opens with the fifth failure in a row") {
  CircuitBreaker breaker;
  CHECK_FALSE(FailAt(breaker, kStart, 4));
  CHECK_FALSE(breaker.is_open());
  CHECK(breaker.Admit("", kStart));
  CHECK(FailAt(breaker, kStart));
  CHECK(breaker.is_open());
  CHECK_FALSE(breaker.Admit("", kStart));
  CHECK(breaker.failures() == 5);
}

TEST_CASE("circuit_breaker: an answer in between starts the count afresh") {
  CircuitBreaker breaker;
  for (int i = 0; i < 10; ++i) {
    FailAt(breaker, kStart, 4);
    breaker.OnAnswer();
  }
  CHECK_FALSE(breaker.is_open());
  CHECK(breaker.failures() == 0);
}

TEST_CASE("circuit_breaker: after ten seconds one call goes through, no more") {
  CircuitBreaker breaker = Opened();
  CHECK_FALSE(breaker.Admit("", kPauseOver - milliseconds(1)));
  CHECK(breaker.Admit("", kPauseOver));
  CHECK_FALSE(breaker.Admit("", kPauseOver));
  CHECK_FALSE(breaker.Admit("", kPauseOver + std::chrono::hours(1)));
}

TEST_CASE("circuit_breaker: a probe that is answered closes it") {
  CircuitBreaker breaker = Opened();
  REQUIRE(breaker.Admit("", kPauseOver));
  breaker.OnAnswer();
  CHECK_FALSE(breaker.is_open());
  CHECK_FALSE(FailAt(breaker, kPauseOver, 4));
  CHECK_FALSE(breaker.is_open());
}

TEST_CASE("circuit_breaker: a probe that fails opens it for another pause") {
  CircuitBreaker breaker = Opened();
  const Ticket probe = AdmitAt(breaker, kPauseOver);
  const SteadyTime failed = kPauseOver + seconds(5);
  CHECK(breaker.OnFailure(probe, "", failed));
  CHECK_FALSE(
      breaker.Admit("", failed + limits::kWebhookPause - milliseconds(1)));
  CHECK(breaker.Admit("", failed + limits::kWebhookPause));
}

TEST_CASE("circuit_breaker: calls that fail late do not prolong the pause") {
  auto [breaker, early] = OpenedMeanwhile();
  for (int i = 0; i < 60; ++i) {
    CHECK_FALSE(breaker.OnFailure(early, "", kStart + seconds(5)));
  }
  CHECK(breaker.failures() == 5);
  CHECK(breaker.Admit("", kPauseOver));
}

TEST_CASE(
    "circuit_breaker: a call that fails late is not taken for the probe") {
  auto [breaker, early] = OpenedMeanwhile();
  const Ticket probe = AdmitAt(breaker, kPauseOver);
  CHECK_FALSE(breaker.OnFailure(early, "", kPauseOver));
  CHECK_FALSE(breaker.Admit("", kPauseOver + std::chrono::hours(1)));
  CHECK(breaker.OnFailure(probe, "", kPauseOver));
}

TEST_CASE(
    "circuit_breaker: what failed before it opened counts no more after") {
  auto [breaker, early] = OpenedMeanwhile();
  REQUIRE(breaker.Admit("", kPauseOver));
  breaker.OnAnswer();
  for (int i = 0; i < 60; ++i)
    CHECK_FALSE(breaker.OnFailure(early, "", kPauseOver));
  CHECK_FALSE(breaker.is_open());
  CHECK(breaker.failures() == 0);
}

TEST_CASE("circuit_breaker: a call that is answered late closes it") {
  CircuitBreaker breaker = Opened();
  breaker.OnAnswer();
  CHECK(breaker.Admit("", kStart));
}

TEST_CASE("circuit_breaker: after a probe that was not made comes another") {
  auto [breaker, early] = OpenedMeanwhile();
  const Ticket probe = AdmitAt(breaker, kPauseOver);
  breaker.OnNotMade(early);
  CHECK_FALSE(breaker.Admit("", kPauseOver));
  breaker.OnNotMade(probe);
  CHECK(breaker.Admit("", kPauseOver));
  CHECK_FALSE(breaker.Admit("", kPauseOver));
}

TEST_CASE("circuit_breaker: one device alone does not open it") {
  CircuitBreaker breaker;
  for (int i = 0; i < 60; ++i) {
    CHECK_FALSE(breaker.OnFailure(AdmitAt(breaker, kStart), "rogue", kStart));
  }
  CHECK(breaker.failures() == 1);
  CHECK_FALSE(FailAt(breaker, kStart, 3));
  CHECK(FailAt(breaker, kStart));
}

TEST_CASE("circuit_breaker: who made it open is not the first to try again") {
  CircuitBreaker breaker;
  for (const char* device : {"a", "b", "c", "d", "e"}) {
    static_cast<void>(
        breaker.OnFailure(AdmitAt(breaker, kStart), device, kStart));
  }
  REQUIRE(breaker.is_open());
  CHECK_FALSE(breaker.Admit("e", kPauseOver));
  CHECK(breaker.Admit("another", kPauseOver));
  // Where nobody else comes, they may.
  breaker = CircuitBreaker();
  for (const char* device : {"a", "b", "c", "d", "e"}) {
    static_cast<void>(
        breaker.OnFailure(AdmitAt(breaker, kStart), device, kStart));
  }
  CHECK(breaker.Admit("e", kPauseOver + limits::kWebhookPause));
}

}  // namespace dps
