// SPDX-License-Identifier: Apache-2.0
#include "tests/support/web_socket.h"

#include <utility>

#include "core/base/crypto.h"
#include "core/base/text.h"

namespace dps {
namespace {

// RFC 6455 section 5.2.
constexpr unsigned char kFinalBinary = 0x82;
constexpr unsigned char kMasked = 0x80;
constexpr unsigned char kOpcodeMask = 0x0f;
constexpr unsigned char kOpcodeClose = 0x8;
constexpr std::size_t kLength16 = 126;
constexpr std::size_t kLength64 = 127;

std::string BigEndian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text.push_back(static_cast<char>(value >> (8 * i)));
  }
  return text;
}

std::uint64_t FromBigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) {
    value = value << 8 | static_cast<unsigned char>(byte);
  }
  return value;
}

std::string Frame(std::string_view payload) {
  std::string frame(1, static_cast<char>(kFinalBinary));
  if (payload.size() < kLength16) {
    frame.push_back(static_cast<char>(kMasked | payload.size()));
  } else if (payload.size() < 0x10000) {
    frame.push_back(static_cast<char>(kMasked | kLength16));
    frame += BigEndian(payload.size(), 2);
  } else {
    frame.push_back(static_cast<char>(kMasked | kLength64));
    frame += BigEndian(payload.size(), 8);
  }
  const std::string mask(RandomSecret(4).Reveal());
  frame += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame.push_back(static_cast<char>(payload[i] ^ mask[i % 4]));
  }
  return frame;
}

class WebSocketStream final : public ByteStream {
 public:
  WebSocketStream(std::unique_ptr<ByteStream> stream, std::string early)
      : stream_(std::move(stream)), buffer_(std::move(early)) {}

  Status Write(std::string_view bytes, SteadyTime deadline) override {
    return stream_->Write(Frame(bytes), deadline);
  }

  Result<std::string> Read(SteadyTime deadline) override {
    std::string payload;
    while (payload.empty()) {
      while (!TakeFrame(payload)) {
        DPS_TRY(const std::string more, stream_->Read(deadline));
        if (more.empty()) return more;
        buffer_ += more;
      }
      if (closed_) return std::string();
    }
    return payload;
  }

  bool HasBuffered() const override {
    return !buffer_.empty() || stream_->HasBuffered();
  }

 private:
  // Takes one whole frame off the buffer; its payload if it carries data.
  bool TakeFrame(std::string& payload) {
    if (buffer_.size() < 2) return false;
    const auto opcode = static_cast<unsigned char>(buffer_[0]) & kOpcodeMask;
    std::size_t length = static_cast<unsigned char>(buffer_[1]);
    std::size_t start = 2;
    if (length == kLength16 || length == kLength64) {
      start += length == kLength16 ? 2 : 8;
      if (buffer_.size() < start) return false;
      length = FromBigEndian(std::string_view(buffer_).substr(2, start - 2));
    }
    if (buffer_.size() - start < length) return false;
    if (opcode < kOpcodeClose) payload = buffer_.substr(start, length);
    closed_ = closed_ || opcode == kOpcodeClose;
    buffer_.erase(0, start + length);
    return true;
  }

  std::unique_ptr<ByteStream> stream_;
  std::string buffer_;
  bool closed_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteStream>> OpenWebSocket(
    std::unique_ptr<ByteStream> stream, const Endpoint& endpoint,
    SteadyTime deadline) {
  const std::string request =
      "GET " + endpoint.web_socket->path +
      " HTTP/1.1\r\nHost: " + endpoint.host + ":" +
      std::to_string(endpoint.port) +
      "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " +
      Base64Encode(RandomSecret(16).Reveal()) +
      "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: " +
      endpoint.web_socket->subprotocol + "\r\n" + endpoint.web_socket->headers +
      "\r\n";
  DPS_CHECK(stream->Write(request, deadline));
  std::string reply;
  std::size_t end = std::string::npos;
  while ((end = reply.find("\r\n\r\n")) == std::string::npos) {
    DPS_TRY(const std::string more, stream->Read(deadline));
    if (more.empty()) {
      return Fail(Errc::kForbidden,
                  "closed at the upgrade after: " + Printable(reply));
    }
    reply += more;
  }
  if (!reply.starts_with("HTTP/1.1 101 ")) {
    return Fail(Errc::kForbidden, reply.substr(0, reply.find("\r\n")));
  }
  return std::unique_ptr<ByteStream>(std::make_unique<WebSocketStream>(
      std::move(stream), reply.substr(end + 4)));
}

}  // namespace dps
