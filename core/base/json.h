// SPDX-License-Identifier: Apache-2.0
// JSON in and out: a checked reader that cannot be misused, an ASCII writer.
// RapidJSON does the work and is seen nowhere else.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.h"
#include "core/base/result.h"

namespace dps {

// A value inside a JsonDocument; valid while the document lives. In all
// readers a member that is null counts as absent, unknown members are ignored,
// and errors (kInvalidArgument) name the member.
class JsonView {
 public:
  bool IsObject() const;

  // REQUIRES for the functions by name: IsObject().
  std::optional<JsonView> Find(std::string_view name) const;
  // Of all members, null ones too.
  std::vector<std::string> Names() const;
  [[nodiscard]] Result<std::string> String(std::string_view name) const;
  [[nodiscard]] Result<std::optional<std::string>> OptionalString(
      std::string_view name) const;
  [[nodiscard]] Result<std::optional<bool>> OptionalBool(
      std::string_view name) const;
  // Both bounds are inclusive.
  [[nodiscard]] Result<std::optional<std::int64_t>> OptionalInt(
      std::string_view name, std::int64_t min, std::int64_t max) const;
  // Both bounds are inclusive.
  [[nodiscard]] Result<std::optional<double>> OptionalNumber(
      std::string_view name, double min, double max) const;
  [[nodiscard]] Result<std::optional<JsonView>> OptionalObject(
      std::string_view name) const;
  [[nodiscard]] Result<std::vector<JsonView>> OptionalArray(
      std::string_view name) const;
  [[nodiscard]] Result<std::vector<std::string>> OptionalStrings(
      std::string_view name) const;

  // The string itself, if this value is one.
  std::optional<std::string> AsString() const;
  // The value as compact ASCII-only JSON.
  std::string Text() const;
  // The same of an object without its members of these names.
  // REQUIRES: IsObject().
  std::string TextWithout(std::initializer_list<std::string_view> names) const;

 private:
  friend class JsonDocument;
  explicit JsonView(const void* value) : value_(value) {}

  const void* value_;  // a rapidjson::Value
};

// A parsed JSON text whose root is an object. Movable.
class JsonDocument {
 public:
  // Strict RFC 8259, UTF-8 validated, nesting up to `depth_max`.
  // Errors: kMalformedJson.
  [[nodiscard]] static Result<JsonDocument> ParseObject(
      std::string_view text, int depth_max = limits::kJsonDepthMax);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  JsonView root() const;

 private:
  struct Impl;
  explicit JsonDocument(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

// Writes compact ASCII-only JSON (non-ASCII as \u escapes), since one device
// SDK decodes replies as ASCII.
class JsonWriter {
 public:
  JsonWriter();
  JsonWriter(JsonWriter&&) noexcept;
  ~JsonWriter();

  JsonWriter& StartObject();
  JsonWriter& EndObject();
  JsonWriter& StartArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view name);
  // What is not UTF-8 is written as Printable() shows it.
  JsonWriter& String(std::string_view value);
  JsonWriter& Int(std::int64_t value);
  // As few digits as tell it from every other number. REQUIRES: finite.
  JsonWriter& Number(double value);
  JsonWriter& Bool(bool value);
  // `json` must be a valid JSON text.
  JsonWriter& Raw(std::string_view json);

  // A member in one call. The Nonempty form writes nothing for "".
  JsonWriter& Member(std::string_view name, std::string_view value);
  JsonWriter& MemberNonempty(std::string_view name, std::string_view value);

  // The finished text; the writer is spent.
  std::string Take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// `object`, the text of a JSON object with at least one member, with one more
// at its end. `value` must be a valid JSON text.
std::string AddMember(std::string_view object, std::string_view name,
                      std::string_view value);

}  // namespace dps
