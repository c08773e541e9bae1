// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_mqtt_hub.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <stdexcept>

#include "tests/support/mqtt_packet.h"
#include "tests/support/mqtt_socket.h"

namespace dps {
namespace {

int Listen() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0 ||
      listen(fd, 8) != 0) {
    throw std::runtime_error("cannot listen on loopback");
  }
  return fd;
}

bool Send(int fd, const std::string& bytes) {
  return send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

}  // namespace

FakeMqttHub::FakeMqttHub(FakeMqttHubOptions options)
    : options_(std::move(options)), listener_(Listen()) {
  acceptor_ = std::jthread([this] { Accept(); });
}

FakeMqttHub::~FakeMqttHub() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (const int fd : open_) shutdown(fd, SHUT_RDWR);
  servers_.clear();
  for (const int fd : open_) close(fd);
  close(listener_);
}

std::string FakeMqttHub::url() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  return "mqtt://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

void FakeMqttHub::Accept() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++connections_;
    open_.push_back(fd);
    servers_.emplace_back([this, fd] { Serve(fd); });
  }
}

void FakeMqttHub::Serve(int fd) {
  while (const auto type = ReadBytes(fd, 1)) {
    const auto length = ReadLength(fd);
    const auto body = length ? ReadBytes(fd, *length) : std::nullopt;
    if (!body) return;
    if (options_.silent) continue;
    if (!Answer(fd, static_cast<unsigned char>(type->front()), *body)) break;
  }
  shutdown(fd, SHUT_RDWR);
}

bool FakeMqttHub::Answer(int fd, unsigned char type, const std::string& body) {
  switch (static_cast<PacketType>(type >> 4)) {
    case PacketType::kConnect:
      return Send(
          fd, EncodePacket(0x20, std::string({'\0', options_.connack_code})));
    case PacketType::kSubscribe:
      return Send(fd, EncodePacket(0x90, body.substr(0, 2) + '\0'));
    case PacketType::kPublish: {
      if (options_.hangs_up) return false;
      const auto high = static_cast<unsigned char>(body[0]);
      const auto low = static_cast<unsigned char>(body[1]);
      const std::size_t id_at = 2 + (high * 256U + low);
      std::string answer = EncodePacket(0x40, body.substr(id_at, 2));
      if (!options_.answer.empty()) {
        answer += EncodePublish(
            {.topic = options_.answer_topic, .payload = options_.answer},
            kMqtt311);
      }
      return Send(fd, answer);
    }
    default:
      return true;
  }
}

}  // namespace dps
