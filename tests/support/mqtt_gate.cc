// SPDX-License-Identifier: Apache-2.0
#include "tests/support/mqtt_gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace dps {
namespace {

constexpr int kPublish = 3;

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// The bytes of the first packet of `buffer`, if it is whole.
std::optional<std::size_t> FirstPacket(const std::string& buffer) {
  std::size_t length = 0;
  for (std::size_t i = 1; i < 5 && i < buffer.size(); ++i) {
    const auto byte = static_cast<unsigned char>(buffer[i]);
    length |= static_cast<std::size_t>(byte & 0x7F) << (7 * (i - 1));
    if ((byte & 0x80) != 0) continue;
    const std::size_t whole = i + 1 + length;
    return buffer.size() >= whole ? std::optional(whole) : std::nullopt;
  }
  return std::nullopt;
}

struct Pair {
  int client = -1;
  int server = -1;
  std::string from_client;  // not yet passed on
  bool closed = false;

  ~Pair() {
    close(client);
    close(server);
  }
};

void SendAll(int socket, std::string_view bytes, bool& closed) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      closed = true;
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::optional<std::string> Receive(int socket) {
  std::string bytes(16'384, '\0');
  const ssize_t got = recv(socket, bytes.data(), bytes.size(), 0);
  if (got <= 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

}  // namespace

Result<std::unique_ptr<MqttGate>> MqttGate::Start(std::uint16_t port) {
  std::unique_ptr<MqttGate> gate(new MqttGate());
  gate->target_port_ = port;
  gate->listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (gate->listener_ < 0 || bind(gate->listener_, any, size) != 0 ||
      listen(gate->listener_, 16) != 0 ||
      getsockname(gate->listener_, any, &size) != 0) {
    return Fail(Errc::kUnavailable, "the gate cannot listen");
  }
  gate->listening_port_ = ntohs(address.sin_port);
  gate->thread_ = std::thread([raw = gate.get()] { raw->Run(); });
  return gate;
}

MqttGate::~MqttGate() {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
  if (listener_ >= 0) close(listener_);
}

void MqttGate::StopAt(int n) {
  stopped_ = false;
  left_ = n - 1;
}

void MqttGate::Open() {
  left_ = -1;
  stopped_ = false;
}

bool MqttGate::WaitStopped(std::chrono::milliseconds patience) const {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!stopped_) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

void MqttGate::Run() {
  std::list<Pair> pairs;
  // True if the first packet may go on; a PUBLISH takes one of those left.
  const auto may_pass = [this](const std::string& buffer) {
    if ((static_cast<unsigned char>(buffer[0]) >> 4) != kPublish) {
      return !stopped_;
    }
    if (left_ < 0) return true;
    if (left_ == 0) {
      stopped_ = true;
      return false;
    }
    --left_;
    return true;
  };
  const auto pass_on = [&](Pair& pair) {
    while (const auto size = FirstPacket(pair.from_client)) {
      if (!may_pass(pair.from_client)) return;
      SendAll(pair.server, pair.from_client.substr(0, *size), pair.closed);
      pair.from_client.erase(0, *size);
    }
  };
  const auto accept_one = [&] {
    Pair& pair = pairs.emplace_back();
    pair.client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    pair.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(target_port_);
    pair.closed = connect(pair.server, reinterpret_cast<sockaddr*>(&address),
                          sizeof(address)) != 0;
  };
  while (!ending_) {
    std::vector<pollfd> polled = {{.fd = listener_, .events = POLLIN}};
    for (const Pair& pair : pairs) {
      polled.push_back({.fd = pair.client, .events = POLLIN});
      polled.push_back({.fd = pair.server, .events = POLLIN});
    }
    constexpr int kTick = 5;  // ms: how soon an opened gate passes on
    poll(polled.data(), polled.size(), kTick);
    std::size_t at = 1;
    for (Pair& pair : pairs) {
      if (polled[at++].revents != 0) {
        const auto bytes = Receive(pair.client);
        if (bytes) pair.from_client += *bytes;
        pair.closed = pair.closed || !bytes;
      }
      if (polled[at++].revents != 0) {
        const auto bytes = Receive(pair.server);
        if (bytes) SendAll(pair.client, *bytes, pair.closed);
        pair.closed = pair.closed || !bytes;
      }
      pass_on(pair);
    }
    pairs.remove_if([](const Pair& pair) { return pair.closed; });
    if (polled[0].revents != 0) accept_one();
  }
}

}  // namespace dps
