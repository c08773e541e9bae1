// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/live_connections.h"

#include <sys/socket.h>

#include <algorithm>

#include "core/base/thread.h"

namespace dps {
namespace {

SteadyTime In(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

}  // namespace

LiveConnections::LiveConnections(const ConnectionTimes& times)
    : times_(times), thread_(StartThread([this] { Watch(); })) {}

LiveConnections::~LiveConnections() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void LiveConnections::Opened(int socket) {
  Set(socket, {.due = In(times_.request)});
}

void LiveConnections::RequestBegins(int socket) {
  Set(socket, {.due = In(times_.request)});
}

void LiveConnections::RequestArrived(int socket) {
  Set(socket, {.due = SteadyTime::max(), .answering = true});
}

void LiveConnections::ReplyBegins(int socket) {
  Set(socket, {.due = In(times_.reply), .answering = true});
}

void LiveConnections::ReplyEnded(int socket) {
  // Nobody tells when the next request's first byte comes.
  Set(socket, {.due = In(times_.idle + times_.request)});
}

void LiveConnections::Closed(int socket) {
  const std::lock_guard lock(mutex_);
  tasks_.erase(socket);
  if (stopping_) changed_.notify_all();
}

bool LiveConnections::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void LiveConnections::Stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  for (const auto& [socket, task] : tasks_) {
    if (!task.answering) shutdown(socket, SHUT_RDWR);
  }
  changed_.wait_for(lock, patience, [this] { return !IsAnswering(); });
}

void LiveConnections::Set(int socket, const Task& task) {
  const std::lock_guard lock(mutex_);
  Task& known = tasks_[socket];
  const bool replied = known.answering && !task.answering;
  known = task;
  // Who has just got a reply is ended by the server, not amid the bytes.
  if (stopping_ && !task.answering && !replied) shutdown(socket, SHUT_RDWR);
  if (stopping_ || task.due < next_look_) changed_.notify_all();
}

void LiveConnections::Watch() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    next_look_ = ShutDownLate(std::chrono::steady_clock::now());
    changed_.wait_until(lock, next_look_);  // a vain look costs little
  }
}

SteadyTime LiveConnections::ShutDownLate(SteadyTime now) {
  SteadyTime next = SteadyTime::max();
  for (auto& [socket, task] : tasks_) {
    if (task.due <= now) {
      shutdown(socket, SHUT_RDWR);
      task.due = SteadyTime::max();
    }
    next = std::min(next, task.due);
  }
  return next;
}

bool LiveConnections::IsAnswering() const {
  return std::ranges::any_of(
      tasks_, [](const auto& entry) { return entry.second.answering; });
}

}  // namespace dps
