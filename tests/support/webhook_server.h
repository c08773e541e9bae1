// SPDX-License-Identifier: Apache-2.0
// A webhook for custom allocation as a test's child, friendly or hostile by the
// path of the URL: webhook_server.py has them all.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace dps {

struct WebhookServerOptions {
  bool tls = false;
  // The certificate is for the names and addresses of test_ca.h only.
  std::string address = "127.0.0.1";
  bool drop_first_connection = false;
};

struct SeenRequest {
  std::string method;
  std::string path;  // and query
  std::string body;
  std::string headers_json;
  std::int64_t port = 0;  // of the client

  // "" if it is not there; names as the client wrote them.
  std::string Header(std::string_view name) const;
};

class WebhookServer {
 public:
  // Returns once it listens. Errors: kUnavailable.
  [[nodiscard]] static Result<std::unique_ptr<WebhookServer>> Start(
      WebhookServerOptions options = {});

  // `path` begins with a slash.
  std::string Url(std::string_view path) const;
  // PEM; of a server with TLS.
  const std::string& ca_file() const { return ca_.ca_file; }

  // Those whose body arrived, oldest first.
  std::vector<SeenRequest> requests() const;
  [[nodiscard]] bool WaitForRequests(int count) const;
  // Waits until it wrote `line`: "gave up" when a client broke off, "dropped".
  [[nodiscard]] bool WaitForLine(std::string_view line) const;

 private:
  WebhookServer() = default;

  WebhookServerOptions options_;
  TempDir directory_;
  TestCa ca_;
  std::string port_;
  std::unique_ptr<ChildProcess> child_;
};

}  // namespace dps
