// SPDX-License-Identifier: Apache-2.0
// The HTTPS server on loopback.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "apps/dps-service/http_server.h"
#include "core/base/text.h"
#include "tests/support/byte_stream.h"
#include "tests/support/fake_log.h"
#include "tests/support/raw_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace dps {

inline constexpr const char* kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";

// Says what it got: `POST /path?name=value name: body`.
inline HttpReply Echo(const HttpCall& call) {
  std::string said = call.method + " " + call.path;
  for (const auto& [name, value] : call.query) {
    said += (said.find('?') == said.npos ? "?" : "&") + name;
    said += "=" + value;
  }
  return {.headers = {{"Content-Type", "text/plain"}},
          .body = said + ": " + call.body};
}

struct HttpRig {
  explicit HttpRig(HttpServerOptions wish = {}, HttpHandler handler = Echo) {
    const auto made = MakeTestCa(directory.path());
    REQUIRE(made);
    ca = *made;
    options = std::move(wish);
    options.certificate_file = ca.certificate_file;
    options.key_file = ca.key_file;
    auto started = HttpServer::Start(options, std::move(handler), log);
    REQUIRE_MESSAGE(started, (started ? "" : started.error().message));
    server = *std::move(started);
  }

  Endpoint Tls() const {
    return {.port = server->port(), .ca_file = ca.ca_file};
  }
  // Before TLS.
  Endpoint Tcp() const { return {.port = server->port(), .ca_file = {}}; }

  FakeLog log;
  TempDir directory;
  TestCa ca;
  HttpServerOptions options;
  std::unique_ptr<HttpServer> server;
};

}  // namespace dps
