// SPDX-License-Identifier: Apache-2.0
// Threads beside the broker's: they receive none of the process's signals,
// whose handlers expect the broker's thread.
#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace dps {

template <class Function>
std::thread StartThread(Function function) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(function));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace dps
