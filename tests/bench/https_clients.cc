// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/https_clients.h"

#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/text.h"
#include "tests/bench/connection.h"

namespace dps::bench {
namespace {

enum class Habit { kAsks, kDribbles, kSilent, kDeaf };

Habit HabitOf(int number) {
  switch (number % 10) {
    case 6:
    case 7:
      return Habit::kDribbles;
    case 8:
      return Habit::kSilent;
    case 9:
      return Habit::kDeaf;
    default:
      return Habit::kAsks;
  }
}

std::string RequestOf(const Crowd& crowd) {
  return "POST /enrollmentGroups/query?api-version=2021-10-01 HTTP/1.1\r\n"
         "Host: localhost\r\nAuthorization: " +
         crowd.token +
         "\r\nContent-Type: application/json\r\nContent-Length: 41\r\n\r\n"
         R"({"query":"SELECT * FROM enrollmentGroup"})";
}

// The status of a whole response at the front of `received`, which it takes
// off; nullopt if there is none yet.
std::optional<int> TakeStatus(std::string& received) {
  const std::size_t end = received.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const std::size_t length = received.find(kLength);
  std::size_t body = 0;
  if (length < end) {
    const std::size_t digits = length + kLength.size();
    body = static_cast<std::size_t>(
        ParseDecimal(std::string_view(received).substr(
                         digits, received.find('\r', digits) - digits))
            .value_or(0));
  }
  if (received.size() < end + 4 + body) return std::nullopt;
  const auto status = ParseDecimal(received.substr(9, 3));
  received.erase(0, end + 4 + body);
  return static_cast<int>(status.value_or(0));
}

}  // namespace

class HttpsClients::Client {
 public:
  Client(HttpsClients& crowd, SSL_CTX* tls, Habit habit)
      : crowd_(crowd),
        request_(RequestOf(crowd.crowd_)),
        habit_(habit),
        connection_(crowd.crowd_.port, tls, nullptr) {
    if (habit == Habit::kAsks) connection_.Send(request_);
    if (habit == Habit::kDeaf) {
      for (int i = 0; i < 100; ++i) connection_.Send(request_);
    }
  }

  int fd() const { return connection_.fd(); }
  bool closed() const { return connection_.closed(); }

  void OnEvent() {
    connection_.Advance();
    if (habit_ == Habit::kDeaf) deaf_ = true;
    while (const auto status = TakeStatus(connection_.received())) {
      ++(*status == 200 ? crowd_.answered_ : crowd_.refused_);
      if (habit_ == Habit::kAsks) connection_.Send(request_);
    }
  }

  // Every kBeat.
  void OnBeat() {
    if (habit_ != Habit::kDribbles || sent_ == request_.size()) return;
    connection_.Send(std::string_view(request_).substr(sent_++, 1));
  }

  // Who has connected and asked reads no more.
  bool deaf() const { return deaf_; }

 private:
  HttpsClients& crowd_;
  const std::string request_;
  const Habit habit_;
  Connection connection_;
  std::size_t sent_ = 0;
  bool deaf_ = false;
};

HttpsClients::HttpsClients(const Crowd& crowd) : crowd_(crowd) {
  thread_ = std::thread([this] { Run(); });
}

HttpsClients::~HttpsClients() {
  stopping_ = true;
  thread_.join();
}

void HttpsClients::Run() {
  constexpr std::chrono::milliseconds kBeat{100};
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> tls(
      SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_mode(tls.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Client>> clients(
      static_cast<std::size_t>(crowd_.clients));
  const auto come = [&](std::size_t number) {
    clients[number].reset();
    clients[number] = std::make_unique<Client>(
        *this, tls.get(), HabitOf(static_cast<int>(number)));
    epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET,
                      .data = {.u64 = number}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, clients[number]->fd(), &event);
  };
  for (std::size_t i = 0; i < clients.size(); ++i) come(i);
  auto next_beat = std::chrono::steady_clock::now() + kBeat;
  while (!stopping_) {
    std::array<epoll_event, 256> events{};
    const int count =
        epoll_wait(epoll, events.data(), static_cast<int>(events.size()),
                   static_cast<int>(kBeat.count()));
    for (int i = 0; i < count; ++i) {
      const std::size_t number =
          events.at(static_cast<std::size_t>(i)).data.u64;
      Client& client = *clients[number];
      const bool hangs_up = (events.at(static_cast<std::size_t>(i)).events &
                             (EPOLLHUP | EPOLLERR)) != 0;
      if (!client.deaf() || hangs_up) client.OnEvent();
    }
    if (std::chrono::steady_clock::now() < next_beat) continue;
    next_beat += kBeat;
    for (std::size_t i = 0; i < clients.size(); ++i) {
      clients[i]->OnBeat();
      if (!clients[i]->closed()) continue;
      ++cut_off_;
      come(i);
    }
  }
  close(epoll);
}

}  // namespace dps::bench
