// SPDX-License-Identifier: Apache-2.0
#include "tests/support/webhook_server.h"

#include <sstream>
#include <utility>

#include "core/base/json.h"

namespace dps {
namespace {

constexpr std::string_view kListening = "listening ";

SeenRequest ReadSeenRequest(JsonView line) {
  return {.method = line.String("method").value_or(""),
          .path = line.String("path").value_or(""),
          .body = line.String("body").value_or(""),
          .headers_json = line.Find("headers")->Text(),
          .port = line.OptionalInt("port", 0, 65535).value().value_or(0)};
}

}  // namespace

std::string SeenRequest::Header(std::string_view name) const {
  const auto headers = JsonDocument::ParseObject(headers_json);
  if (!headers) return {};
  return headers->root().String(name).value_or("");
}

Result<std::unique_ptr<WebhookServer>> WebhookServer::Start(
    WebhookServerOptions options) {
  std::unique_ptr<WebhookServer> server(new WebhookServer());
  server->options_ = std::move(options);
  ChildCommand command{
      .argv = {"python3", DPS_SOURCE_DIR "/tests/support/webhook_server.py",
               server->options_.address}};
  if (server->options_.tls) {
    DPS_TRY(server->ca_, MakeTestCa(server->directory_.path()));
    command.argv.push_back(server->ca_.certificate_file);
    command.argv.push_back(server->ca_.key_file);
  }
  if (server->options_.drop_first_connection) {
    command.argv.emplace_back("--drop-first");
  }
  DPS_TRY(server->child_, ChildProcess::Start(command));
  if (!server->child_->WaitForText("\n")) {
    return Fail(Errc::kUnavailable,
                "the webhook server does not start: " + server->child_->err());
  }
  const std::string out = server->child_->out();
  server->port_ =
      out.substr(kListening.size(), out.find('\n') - kListening.size());
  return server;
}

std::string WebhookServer::Url(std::string_view path) const {
  return (options_.tls ? "https://" : "http://") + options_.address + ":" +
         port_ + std::string(path);
}

std::vector<SeenRequest> WebhookServer::requests() const {
  std::istringstream lines(child_->out());
  std::vector<SeenRequest> requests;
  for (std::string line; std::getline(lines, line);) {
    const auto request = JsonDocument::ParseObject(line);
    if (request) requests.push_back(ReadSeenRequest(request->root()));
  }
  return requests;
}

bool WebhookServer::WaitForRequests(int count) const {
  return child_->WaitForText("{\"path\": ", count);
}

bool WebhookServer::WaitForLine(std::string_view line) const {
  return child_->WaitForText("\n" + std::string(line) + "\n");
}

}  // namespace dps
