// SPDX-License-Identifier: Apache-2.0
// Runs the real dpsctl on a store of its own, for tests.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/store/lmdb_store.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace dps {

struct NoStore {};

class Dpsctl {
 public:
  // With an instance `plant`, ID scope 0neTEST, and hubs a.example, b.example.
  Dpsctl() {
    Json({"instance", "create", "-n", "plant", "--id-scope", "0neTEST"});
    Json({"linked-hub", "add", "--hub-name", "a.example"});
    Json({"linked-hub", "add", "--hub-name", "b.example"});
  }
  // With nothing, not even a store.
  explicit Dpsctl(NoStore) {}

  CommandResult Run(const std::vector<std::string>& arguments) const {
    return RunWith("DPS_STORE=" + store(), arguments);
  }
  // With this in place of the store in the environment.
  CommandResult RunWith(const std::string& environment,
                        std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), DPS_DPSCTL);
    const auto result =
        RunCommand({.argv = arguments, .environment = {environment}});
    REQUIRE(result);
    return *result;
  }

  // The answer of a command that must be accepted.
  std::string Json(const std::vector<std::string>& arguments) const {
    const CommandResult result = Run(arguments);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    CHECK(result.err.empty());
    return result.out;
  }

  // An update that finds nothing to change: it says so and shows what it left.
  std::string Unchanged(const std::vector<std::string>& arguments) const {
    const CommandResult result = Run(arguments);
    CHECK(result.exit_code == 0);
    CHECK(result.err == "dpsctl: nothing to change, nothing was written\n");
    return result.out;
  }

  // The message of a command that must be refused, without `dpsctl: `.
  std::string Refusal(const std::vector<std::string>& arguments) const {
    return Failure(arguments, 1);
  }
  std::string UsageError(const std::vector<std::string>& arguments) const {
    return Failure(arguments, 2);
  }

  std::string store() const { return directory_.File("store"); }
  const TempDir& directory() const { return directory_; }

  // What the broker would write.
  void Commit(const Change& change) const {
    const auto opened = LmdbStore::Open({.directory = store()});
    REQUIRE(opened);
    REQUIRE((*opened)->Commit({.changes = {change}}));
  }

 private:
  std::string Failure(const std::vector<std::string>& arguments,
                      int exit_code) const {
    const CommandResult result = Run(arguments);
    CHECK(result.exit_code == exit_code);
    CHECK(result.out.empty());
    REQUIRE(result.err.starts_with("dpsctl: "));
    return result.err.substr(8, result.err.find('\n') - 8);
  }

  TempDir directory_;
};

inline bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A string member of an object dpsctl printed.
inline std::string Member(const std::string& json, const std::string& name) {
  const auto document = JsonDocument::ParseObject(json);
  REQUIRE(document);
  const auto text = document->root().OptionalString(name);
  REQUIRE(text);
  return text->value_or("");
}

// Two keys of 32 bytes as operators write them.
inline const std::string kKeyA = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";
inline const std::string kKeyB = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";

}  // namespace dps
