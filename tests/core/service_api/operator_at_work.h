// SPDX-License-Identifier: Apache-2.0
// An operator with a service API of one instance, for tests.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/service_api/service_api.h"
#include "core/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace dps {

class CollectedLog final : public Log {
 public:
  void Write(LogLevel, std::string_view line) override {
    lines.emplace_back(line);
  }
  std::vector<std::string> lines;
};

class OperatorAtWork {
 public:
  // With an instance `test` of ID scope 0neTEST and hubs a.example, b.example.
  OperatorAtWork() : OperatorAtWork(memory_) {}
  explicit OperatorAtWork(Store& store) : api_(store, clock, secrets, log) {
    REQUIRE(Put("/instances/test", R"({"idScope":"0neTEST"})").status == 200);
    for (const char* hub : {"a.example", "b.example"}) {
      REQUIRE(Put(std::string("/linkedHubs/") + hub,
                  R"({"name":")" + std::string(hub) + "\"}")
                  .status == 200);
    }
  }

  Response Send(const std::string& method, const std::string& path,
                const Headers& headers = {}, const std::string& body = "") {
    return api_.Handle({.method = method,
                        .path = path,
                        .query = {{"api-version", "2021-10-01"}},
                        .headers = headers,
                        .body = body,
                        .id_scope = scope,
                        .caller = caller});
  }
  Response Put(const std::string& path, const std::string& body,
               const std::string& if_match = "") {
    return Send("PUT", path, {{"If-Match", if_match}}, body);
  }
  Response Get(const std::string& path) { return Send("GET", path); }
  Response Delete(const std::string& path, const std::string& if_match = "") {
    return Send("DELETE", path, {{"If-Match", if_match}});
  }
  Response Post(const std::string& path, const Headers& headers = {}) {
    return Send("POST", path, headers);
  }
  // With queries beside the api-version.
  Response Ask(const std::string& method, const std::string& path,
               std::map<std::string, std::string> query,
               const Headers& headers = {}, const std::string& body = "") {
    query["api-version"] = "2021-10-01";
    return api_.Handle({.method = method,
                        .path = path,
                        .query = query,
                        .headers = headers,
                        .body = body,
                        .id_scope = scope,
                        .caller = caller});
  }

  MemoryStore& memory() { return memory_; }

  // Of the store's secrets.
  TempDir directory;
  SecretBox secrets{directory.path()};
  FakeClock clock;
  CollectedLog log;
  IdScope scope = *IdScope::Parse("0neTEST");
  Caller caller = Caller::Owner();

 private:
  MemoryStore memory_;
  ServiceApi api_;
};

inline HubName Hub(const std::string& name) { return *HubName::Parse(name); }

inline std::string Member(const Response& response, const std::string& name) {
  const auto document = JsonDocument::ParseObject(response.body);
  REQUIRE(document);
  const auto text = document->root().OptionalString(name);
  REQUIRE(text);
  return text->value_or("");
}

inline std::string Message(const Response& response) {
  return Member(response, "message");
}

inline bool Holds(const Response& response, const std::string& text) {
  return response.body.find(text) != std::string::npos;
}

// Two keys of 32 bytes as operators write them.
inline const std::string kKeyA = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
inline const std::string kKeyB = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";

inline std::string EnrollmentJson(const std::string& id,
                                  const std::string& more = "",
                                  const std::string& keys = "") {
  return R"({"registrationId":")" + id +
         R"(","attestation":{"type":"symmetricKey")" +
         (keys.empty() ? "" : R"(,"symmetricKey":)" + keys) + "}" + more + "}";
}

inline std::string GroupJson(const std::string& id,
                             const std::string& more = "") {
  return R"({"enrollmentGroupId":")" + id +
         R"(","attestation":{"type":"symmetricKey"})" + more + "}";
}

inline std::string Keys(const std::string& primary,
                        const std::string& secondary) {
  return R"({"primaryKey":")" + primary + R"(","secondaryKey":")" + secondary +
         "\"}";
}

}  // namespace dps
