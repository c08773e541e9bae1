// SPDX-License-Identifier: Apache-2.0
// The sockets of a server's clients and what each has to do by when: who is
// late is shut down, which the server then sees as a client that has gone.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "core/base/clock.h"

namespace dps {

struct ConnectionTimes {
  std::chrono::milliseconds idle;     // between two requests
  std::chrono::milliseconds request;  // until one has arrived
  std::chrono::milliseconds reply;    // until its reply is taken
};

// Thread-safe; a thread of its own watches the time. Sockets are borrowed:
// from Opened() until Closed(), which comes before the socket is closed.
class LiveConnections {
 public:
  explicit LiveConnections(const ConnectionTimes& times);
  // Joins the thread.
  ~LiveConnections();
  LiveConnections(const LiveConnections&) = delete;
  LiveConnections& operator=(const LiveConnections&) = delete;

  void Opened(int socket);
  // The first line of a request is there.
  void RequestBegins(int socket);
  // A request is there and being handled, without limit of time.
  void RequestArrived(int socket);
  void ReplyBegins(int socket);
  void ReplyEnded(int socket);
  void Closed(int socket);

  bool stopping() const;
  // Shuts down all but those that are answered, now and from now on; waits
  // until these are answered too, or patience ends.
  void Stop(std::chrono::milliseconds patience);

 private:
  struct Task {
    SteadyTime due;
    bool answering = false;
  };

  void Set(int socket, const Task& task);
  void Watch();
  // Both under mutex_.
  SteadyTime ShutDownLate(SteadyTime now);
  bool IsAnswering() const;

  const ConnectionTimes times_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<int, Task> tasks_;       // under mutex_
  SteadyTime next_look_ = SteadyTime::max();  // under mutex_
  bool stopping_ = false;                     // under mutex_
  bool ended_ = false;                        // under mutex_
  std::thread thread_;
};

}  // namespace dps
