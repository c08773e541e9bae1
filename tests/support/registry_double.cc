// SPDX-License-Identifier: Apache-2.0
#include "tests/support/registry_double.h"

#include <sstream>
#include <stdexcept>
#include <stop_token>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/http/ask.h"
#include "core/hub/hub_server.h"

namespace dps {
namespace {

constexpr std::string_view kRegistryListens = "listening ";
constexpr std::size_t kKeySize = 32;

RegistryRequest ReadRegistryRequest(JsonView line) {
  return {.method = line.String("method").value_or(""),
          .path = line.String("path").value_or(""),
          .body = line.String("body").value_or(""),
          .headers_json = line.Find("headers")->Text()};
}

}  // namespace

std::string RegistryRequest::Header(std::string_view name) const {
  const auto headers = JsonDocument::ParseObject(headers_json);
  if (!headers) return {};
  return headers->root().String(name).value_or("");
}

Result<std::unique_ptr<RegistryDouble>> RegistryDouble::Start() {
  std::unique_ptr<RegistryDouble> hub(new RegistryDouble());
  DPS_TRY(hub->ca_, MakeTestCa(hub->directory_.path()));
  DPS_TRY(hub->child_,
          ChildProcess::Start(
              {.argv = {"python3",
                        DPS_SOURCE_DIR "/tests/support/registry_double.py",
                        hub->ca_.certificate_file, hub->ca_.key_file}}));
  if (!hub->child_->WaitForText("\n")) {
    return Fail(Errc::kUnavailable,
                "the registry does not start: " + hub->child_->err());
  }
  const std::string out = hub->child_->out();
  hub->port_ = out.substr(kRegistryListens.size(),
                          out.find('\n') - kRegistryListens.size());
  hub->client_ = std::make_unique<CurlClient>(
      HttpClientOptions{.timeout = kPatience,
                        .answer_bytes_max = kHubAnswerMax,
                        .ca_file = hub->ca_.ca_file,
                        .private_targets = true});
  return hub;
}

std::string RegistryDouble::ConnectionString(std::string_view policy) const {
  return "HostName=" + authority() +
         ";SharedAccessKeyName=" + std::string(policy) +
         ";SharedAccessKey=" + Base64Encode(Key().Reveal());
}

SecretBytes RegistryDouble::Key() {
  std::string key;
  for (std::size_t i = 0; i < kKeySize; ++i) key += static_cast<char>(i);
  return SecretBytes(key);
}

void RegistryDouble::Fault(std::string_view json) {
  Control(HttpMethod::kPost, "fault", json);
}

void RegistryDouble::Report(const std::string& device_id,
                            std::string_view reported_json) {
  Control(HttpMethod::kPut, "reported/" + PercentEncode(device_id),
          reported_json);
}

bool RegistryDouble::ServeLate(int status) {
  Control(HttpMethod::kPut, "release", "{}");
  return child_->WaitForText("served late: " + std::to_string(status), 1);
}

std::string RegistryDouble::State() {
  return Control(HttpMethod::kGet, "state", "");
}

std::vector<RegistryRequest> RegistryDouble::requests() const {
  std::istringstream lines(child_->out());
  std::vector<RegistryRequest> requests;
  for (std::string line; std::getline(lines, line);) {
    const auto request = JsonDocument::ParseObject(line);
    if (request) requests.push_back(ReadRegistryRequest(request->root()));
  }
  return requests;
}

bool RegistryDouble::WaitForRequests(int count) const {
  return child_->WaitForText("{\"method\": ", count);
}

std::string RegistryDouble::Control(HttpMethod method, const std::string& path,
                                    std::string_view body) {
  const std::string url = "https://" + authority() + "/control/" + path;
  auto answer = Ask(*client_,
                    {.target = *HttpTarget::Parse(url),
                     .headers = {},
                     .body = std::string(body),
                     .method = method},
                    std::stop_token());
  if (!answer) throw std::runtime_error(answer.error().message);
  if (answer->status != 200) throw std::runtime_error(answer->body);
  return answer->body;
}

}  // namespace dps
