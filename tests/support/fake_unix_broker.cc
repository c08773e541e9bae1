// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_unix_broker.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <stdexcept>

#include "tests/support/mqtt_socket.h"
#include "tests/support/patience.h"

namespace dps {
namespace {

constexpr unsigned char kConnect = 0x10;

}  // namespace

int ListenOn(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0 ||
      listen(fd, 8) != 0) {
    throw std::runtime_error("cannot listen on " + path);
  }
  return fd;
}

std::string FakeUnixBroker::Packet::Text(std::size_t offset, int index) const {
  const auto byte = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(body.at(at)));
  };
  while (true) {
    const std::size_t size = byte(offset) << 8 | byte(offset + 1);
    offset += 2;
    if (index-- == 0) return body.substr(offset, size);
    offset += size;
  }
}

FakeUnixBroker::FakeUnixBroker() : listener_(ListenOn(path())) {
  acceptor_ = std::jthread([this] { Accept(); });
}

FakeUnixBroker::~FakeUnixBroker() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  Release();
  CloseConnections();
  servers_.clear();
  for (const int fd : connections_) close(fd);
  close(listener_);
}

void FakeUnixBroker::Hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void FakeUnixBroker::Release() {
  {
    const std::lock_guard lock(mutex_);
    held_ = false;
  }
  changed_.notify_all();
}

void FakeUnixBroker::CloseConnections() {
  const std::lock_guard lock(mutex_);
  for (const int fd : connections_) shutdown(fd, SHUT_RDWR);
}

std::vector<FakeUnixBroker::Packet> FakeUnixBroker::Await(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kPatience, [&] { return packets_.size() >= count; });
  return packets_;
}

void FakeUnixBroker::Accept() {
  for (int connection = 1;; ++connection) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    connections_.push_back(fd);
    servers_.emplace_back([this, connection, fd] { Serve(connection, fd); });
  }
}

void FakeUnixBroker::Serve(int connection, int fd) {
  while (const auto type = ReadBytes(fd, 1)) {
    const auto length = ReadLength(fd);
    const auto body = length ? ReadBytes(fd, *length) : std::nullopt;
    if (!body) break;
    const auto first_byte = static_cast<unsigned char>(type->front());
    Keep({connection, first_byte, *body});
    if (first_byte != kConnect) continue;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return !held_; });
    }
    const std::array<char, 4> connack = {0x20, 2, 0, connack_code_};
    send(fd, connack.data(), connack.size(), MSG_NOSIGNAL);
  }
  Keep({connection, 0, ""});
}

void FakeUnixBroker::Keep(Packet packet) {
  {
    const std::lock_guard lock(mutex_);
    packets_.push_back(std::move(packet));
  }
  changed_.notify_all();
}

}  // namespace dps
