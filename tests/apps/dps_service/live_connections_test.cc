// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/live_connections.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>

#include "apps/dps-service/body_budget.h"
#include "tests/support/patience.h"

namespace dps {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSoon{1};
constexpr milliseconds kNever = 10 * kPatience;

// Both ends of a connection.
class Pair {
 public:
  Pair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets_.data()) == 0); }
  ~Pair() {
    for (const int socket : sockets_) close(socket);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  int server() const { return sockets_[0]; }
  bool IsShutDown(milliseconds patience = kPatience) const {
    pollfd peer{.fd = sockets_[1], .events = POLLIN, .revents = 0};
    return poll(&peer, 1, static_cast<int>(patience.count())) == 1;
  }

 private:
  std::array<int, 2> sockets_{};
};

TEST_CASE("live_connections: who is late with what is next is shut down") {
  const Pair opened;
  const Pair replied;
  const Pair in_time;
  LiveConnections connections(
      {.idle = kNever, .request = kSoon, .reply = kNever});
  connections.Opened(in_time.server());
  connections.RequestArrived(in_time.server());
  connections.Opened(opened.server());
  CHECK(opened.IsShutDown());
  connections.ReplyBegins(replied.server());
  connections.ReplyEnded(replied.server());
  CHECK_FALSE(in_time.IsShutDown(milliseconds(0)));
  CHECK_FALSE(replied.IsShutDown(milliseconds(0)));
  connections.RequestBegins(replied.server());
  CHECK(replied.IsShutDown());
}

TEST_CASE("live_connections: a reply has its own time") {
  const Pair pair;
  LiveConnections connections(
      {.idle = kNever, .request = kNever, .reply = kSoon});
  connections.Opened(pair.server());
  connections.ReplyBegins(pair.server());
  CHECK(pair.IsShutDown());
}

TEST_CASE("live_connections: a closed one's socket is left alone") {
  const Pair gone;
  const Pair next;
  LiveConnections connections(
      {.idle = kNever, .request = milliseconds(20), .reply = kNever});
  connections.Opened(gone.server());
  connections.Closed(gone.server());
  connections.Opened(next.server());
  CHECK(next.IsShutDown());
  CHECK_FALSE(gone.IsShutDown(milliseconds(0)));
}

TEST_CASE("live_connections: a stop waits for those that are answered") {
  const Pair idle;
  const Pair answered;
  const Pair late;
  LiveConnections connections(
      {.idle = kNever, .request = kNever, .reply = kNever});
  connections.Opened(idle.server());
  connections.RequestArrived(answered.server());
  auto stopped =
      std::async(std::launch::async, [&] { connections.Stop(kNever); });
  CHECK(idle.IsShutDown());
  connections.Opened(late.server());
  CHECK(late.IsShutDown());
  CHECK(stopped.wait_for(milliseconds(0)) == std::future_status::timeout);
  connections.ReplyBegins(answered.server());
  connections.ReplyEnded(answered.server());
  CHECK(stopped.wait_for(kPatience) == std::future_status::ready);
  CHECK_FALSE(answered.IsShutDown(milliseconds(0)));
}

TEST_CASE("live_connections: a stop does not wait longer than it may") {
  const Pair answered;
  LiveConnections connections(
      {.idle = kNever, .request = kNever, .reply = kNever});
  connections.RequestArrived(answered.server());
  connections.Stop(kSoon);
  CHECK(connections.stopping());
}

TEST_CASE("body_budget: what is taken is missing until it is given back") {
  BodyBudget budget(10);
  CHECK(budget.Take(10));
  CHECK(budget.Take(0));
  CHECK_FALSE(budget.Take(1));
  budget.GiveBack(4);
  CHECK_FALSE(budget.Take(static_cast<std::size_t>(-1)));
  CHECK(budget.Take(4));
}

}  // namespace
}  // namespace dps
