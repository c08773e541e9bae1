// SPDX-License-Identifier: Apache-2.0
// Clients that speak HTTP byte by byte.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/clock.h"
#include "core/service_api/message.h"
#include "tests/support/byte_stream.h"
#include "tests/support/patience.h"

namespace dps {

inline SteadyTime Deadline() {
  return std::chrono::steady_clock::now() + kPatience;
}

// One connection. Any deadline that passes fails the test.
class RawClient {
 public:
  struct Reply {
    int status = 0;
    Headers headers;
    std::string body;
  };

  explicit RawClient(const Endpoint& endpoint) {
    auto opened = OpenStream(endpoint, Deadline());
    REQUIRE_MESSAGE(opened, (opened ? "" : opened.error().message));
    stream_ = *std::move(opened);
  }

  void Send(std::string_view bytes) { REQUIRE(TrySend(bytes)); }
  // False if the server has closed the connection.
  bool TrySend(std::string_view bytes) {
    return stream_->Write(bytes, Deadline()).has_value();
  }

  // What the server says next; status 0 if it closes the connection instead.
  Reply Receive(bool has_body = true) {
    Reply reply;
    const std::string head = Until("\r\n\r\n");
    if (head.empty()) return reply;
    reply.status = std::stoi(head.substr(head.find(' ')));
    std::size_t at = head.find("\r\n") + 2;
    while (at < head.size() - 2) {
      const std::size_t end = head.find("\r\n", at);
      const std::size_t colon = head.find(": ", at);
      reply.headers[head.substr(at, colon - at)] =
          head.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    const auto length = reply.headers.find("Content-Length");
    if (!has_body || length == reply.headers.end()) return reply;
    reply.body = Take(std::stoul(length->second));
    return reply;
  }

  Reply Ask(std::string_view request) {
    Send(request);
    return Receive();
  }

  bool IsClosed() {
    if (!received_.empty()) return false;
    const auto read = stream_->Read(Deadline());
    REQUIRE(read);
    return read->empty();
  }

  // Sends `piece` again and again, with a breath between, until the server
  // closes the connection.
  void Trickle(std::string_view piece) {
    const SteadyTime end = Deadline();
    while (std::chrono::steady_clock::now() < end) {
      if (!stream_->Write(piece, Deadline())) return;
      const auto read = stream_->Read(std::chrono::steady_clock::now() +
                                      std::chrono::milliseconds(20));
      if (read) {
        CHECK(read->empty());
        return;
      }
    }
    FAIL("the server did not mind");
  }

 private:
  bool Fill() {
    auto read = stream_->Read(Deadline());
    REQUIRE_MESSAGE(read, (read ? "" : read.error().message));
    received_ += *read;
    return !read->empty();
  }
  std::string Until(std::string_view end) {
    std::size_t at = 0;
    while ((at = received_.find(end)) == received_.npos) {
      if (!Fill()) return "";
    }
    return Take(at + end.size());
  }
  std::string Take(std::size_t size) {
    while (received_.size() < size) REQUIRE(Fill());
    std::string taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
  }

  std::unique_ptr<ByteStream> stream_;
  std::string received_;
};

}  // namespace dps
