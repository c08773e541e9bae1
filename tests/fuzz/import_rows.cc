// SPDX-License-Identifier: Apache-2.0
// The rows an operator imports: a line with the mode, and the body.
#include <algorithm>
#include <string>

#include "core/base/json.h"
#include "core/base/secret_box.h"
#include "core/service_api/service_api.h"
#include "core/store/memory_store.h"
#include "tests/fuzz/require.h"

namespace {

class NoLog final : public dps::Log {
 public:
  void Write(dps::LogLevel, std::string_view) override {}
};

struct ImportService {
  ImportService() {
    dps::Require(
        Send("PUT", "/instances/fuzz", "", R"({"idScope":"0neFUZZ"})").status ==
        200);
    dps::Require(
        Send(
            "PUT", "/enrollments/dev", "",
            R"({"registrationId":"dev","attestation":{"type":"symmetricKey"}})")
            .status == 200);
  }

  dps::Response Send(const std::string& method, const std::string& path,
                     const std::string& mode, const std::string& body) {
    return api.Handle({.method = method,
                       .path = path,
                       .query = {{"api-version", "2021-10-01"}, {"mode", mode}},
                       .body = body,
                       .id_scope = *dps::IdScope::Parse("0neFUZZ"),
                       .caller = dps::Caller::Owner()});
  }

  dps::MemoryStore store;
  dps::SystemClock clock;
  NoLog log;
  dps::SecretBox secrets{"/nonexistent"};
  dps::ServiceApi api{store, clock, secrets, log};
};

// Every line that is not empty has a result.
void RequireAnswered(const dps::Response& answer) {
  if (answer.status != 200) {
    dps::Require(answer.status == 400);
    return;
  }
  const auto body = dps::JsonDocument::ParseObject(answer.body);
  dps::Require(body.has_value());
  const auto results = body->root().OptionalArray("results");
  const auto done = body->root().OptionalBool("isSuccessful");
  dps::Require(results && done && *done);
  const bool all_done = std::ranges::none_of(*results, [](dps::JsonView row) {
    return row.String("status") == "refused";
  });
  dps::Require(all_done == **done);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = dps::Text(data, size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string mode(text.substr(0, end));
  const std::string body(text.substr(std::min(end + 1, text.size())));
  ImportService service;
  RequireAnswered(service.Send("POST", "/enrollments/import", mode, body));
  RequireAnswered(service.Send("POST", "/enrollmentGroups/import", mode, body));
  // Once more: whoever comes again finds it done, or refused as before.
  const dps::Response again =
      service.Send("POST", "/enrollments/import", "", body);
  const dps::Response idle =
      service.Send("POST", "/enrollments/import", "", body);
  dps::Require(again.status == idle.status);
  dps::Require(idle.body.find(R"("status":"created")") == idle.body.npos);
  return 0;
}
