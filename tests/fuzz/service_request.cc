// SPDX-License-Identifier: Apache-2.0
// What operators send: `METHOD PATH`, a line `name=value&...` of queries, a
// line of If-Match, a line of Authorization, and the body.
#include <memory>
#include <string>

#include "core/base/json.h"
#include "core/base/secret_box.h"
#include "core/service_api/authorization.h"
#include "core/service_api/service_api.h"
#include "core/store/memory_store.h"
#include "tests/fuzz/require.h"

namespace {

class SilentLog final : public dps::Log {
 public:
  void Write(dps::LogLevel, std::string_view) override {}
};

std::string TakeLine(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string line(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

dps::Request ReadRequest(std::string_view rest) {
  dps::Request request;
  const std::string first = TakeLine(rest);
  const std::size_t blank = std::min(first.find(' '), first.size());
  request.method = first.substr(0, blank);
  request.path = first.substr(std::min(blank + 1, first.size()));
  std::string queries = TakeLine(rest) + "&api-version=2021-10-01";
  while (!queries.empty()) {
    const std::size_t end = std::min(queries.find('&'), queries.size());
    const std::string one = queries.substr(0, end);
    queries.erase(0, end + 1);
    const std::size_t equals = one.find('=');
    if (equals == one.npos) continue;
    request.query[one.substr(0, equals)] = one.substr(equals + 1);
  }
  request.headers["If-Match"] = TakeLine(rest);
  request.headers["Authorization"] = TakeLine(rest);
  request.body = rest;
  return request;
}

const dps::IdScope& Scope() {
  static const dps::IdScope scope = *dps::IdScope::Parse("0neFUZZ");
  return scope;
}

// An instance with an enrollment whose keys nobody else may see.
struct Service {
  Service() {
    for (const auto& [path, body] :
         {std::pair{"/instances/fuzz", R"({"idScope":"0neFUZZ"})"},
          {"/enrollments/dev",
           R"({"registrationId":"dev","attestation":{"type":"symmetricKey",)"
           R"("symmetricKey":{"primaryKey":"c2VjcmV0LXNlY3JldC1zZWNyZXQ="}}})"},
          {"/enrollmentGroups/group",
           R"({"enrollmentGroupId":"group","attestation":)"
           R"({"type":"symmetricKey"}})"}}) {
      const dps::Response made =
          api.Handle({.method = "PUT",
                      .path = path,
                      .query = {{"api-version", "2021-10-01"}},
                      .body = body,
                      .id_scope = Scope(),
                      .caller = dps::Caller::Owner()});
      dps::Require(made.status == 200);
    }
  }

  dps::MemoryStore store;
  dps::SystemClock clock;
  SilentLog log;
  dps::SecretBox secrets{"/nonexistent"};
  dps::ServiceApi api{store, clock, secrets, log};
};

void CheckAnswer(const dps::Response& response) {
  dps::Require(response.headers.contains("x-ms-request-id"));
  if (response.status < 300) return;
  const auto body = dps::JsonDocument::ParseObject(response.body);
  dps::Require(body && body->root().String("trackingId"));
  dps::Require(response.status >= 400 && response.status <= 503);
  dps::Require(response.status != 500);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dps::Request request = ReadRequest(dps::Text(data, size));
  request.id_scope = Scope();
  static Service untouched;
  // No input can guess a policy's key.
  const auto snapshot = untouched.store.Read();
  dps::Require(!dps::Admit(**snapshot, Scope(),
                           {.authorization = request.headers["Authorization"],
                            .host = request.path,
                            .address = ""},
                           dps::UtcTime{}));
  // Who has no right changes nothing and sees nothing.
  request.caller.rights = {};
  const dps::Response refused = untouched.api.Handle(request);
  CheckAnswer(refused);
  dps::Require(refused.status >= 400);
  dps::Require(*(*snapshot)->ConfigVersion(Scope()) ==
               *(*untouched.store.Read())->ConfigVersion(Scope()));
  // Who has all gets an answer, and keys only where they are shown.
  Service service;
  request.caller = dps::Caller::Owner();
  const dps::Response response = service.api.Handle(request);
  CheckAnswer(response);
  const bool is_query =
      request.method == "POST" && request.path.ends_with("/query");
  if (request.method == "GET" || is_query) {
    dps::Require(response.body.find("c2VjcmV0LXNlY3JldC1zZWNyZXQ=") ==
                 std::string::npos);
  }
  return 0;
}
