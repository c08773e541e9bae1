// SPDX-License-Identifier: Apache-2.0
#include "core/base/json.h"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

#include "core/base/json_numbers.h"
#include "core/base/text.h"

namespace dps {
namespace {

using RapidWriter = rapidjson::Writer<rapidjson::StringBuffer,
                                      rapidjson::UTF8<>, rapidjson::ASCII<>>;

// Copies what needs no escaping in one go; RapidJSON goes byte by byte.
class AsciiWriter final : public RapidWriter {
 public:
  using RapidWriter::RapidWriter;

  void PlainString(std::string_view value) {
    Prefix(rapidjson::kStringType);
    char* out = os_->Push(value.size() + 2);
    *out = '"';
    value.copy(out + 1, value.size());
    out[value.size() + 1] = '"';
  }

  void PlainValue(std::string_view json) {
    Prefix(rapidjson::kObjectType);
    json.copy(os_->Push(json.size()), json.size());
  }
};

// Stands in JSON as it is, between quotes.
bool IsPlain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
}

const rapidjson::Value& Value(const void* value) {
  return *static_cast<const rapidjson::Value*>(value);
}

rapidjson::SizeType JsonSize(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

// RapidJSON has no depth limit of its own; this looks at brackets outside of
// strings, which is exact for valid JSON and harmless for the rest.
bool DeeperThan(std::string_view text, int depth_max) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > depth_max) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

// Whether text[at] begins a \u escape of a code unit 0xDc.., c being in `set`.
bool IsSurrogateEscape(std::string_view text, std::size_t at,
                       std::string_view set) {
  const std::string_view escape = text.substr(at, 6);
  return escape.size() == 6 && escape[1] == 'u' &&
         (escape[2] == 'd' || escape[2] == 'D') &&
         set.find(escape[3]) != set.npos;
}

// RapidJSON misses a low surrogate that no high one precedes, and then cannot
// write the string it made of it. Exact for text that it parsed.
bool HasLoneLowSurrogate(std::string_view text) {
  std::size_t at = 0;
  while ((at = text.find('\\', at)) != text.npos) {
    if (IsSurrogateEscape(text, at, "cdefCDEF")) return true;
    const bool pair = IsSurrogateEscape(text, at, "89abAB");
    at += pair ? 12 : 2;
  }
  return false;
}

bool IsAscii(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return static_cast<unsigned char>(c) > 0x7f; });
}

bool IsUtf8(std::string_view text) {
  if (IsAscii(text)) return true;
  rapidjson::MemoryStream in(text.data(), text.size());
  unsigned codepoint = 0;
  while (in.Tell() < text.size()) {
    if (!rapidjson::UTF8<>::Decode(in, &codepoint)) return false;
  }
  return true;
}

tl::unexpected<Error> WrongType(std::string_view name, std::string_view type) {
  return Fail(Errc::kInvalidArgument,
              "member " + std::string(name) + " must be " + std::string(type));
}

std::string ShortestDecimal(double value) {
  std::array<char, 32> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end};
}

}  // namespace

bool JsonView::IsObject() const { return Value(value_).IsObject(); }

std::optional<JsonView> JsonView::Find(std::string_view name) const {
  const auto member = Value(value_).FindMember(
      rapidjson::Value(rapidjson::StringRef(name.data(), JsonSize(name))));
  if (member == Value(value_).MemberEnd() || member->value.IsNull()) {
    return std::nullopt;
  }
  return JsonView(&member->value);
}

std::vector<std::string> JsonView::Names() const {
  std::vector<std::string> names;
  for (auto member = Value(value_).MemberBegin();
       member != Value(value_).MemberEnd(); ++member) {
    names.emplace_back(member->name.GetString(),
                       member->name.GetStringLength());
  }
  return names;
}

Result<std::string> JsonView::String(std::string_view name) const {
  DPS_TRY(auto value, OptionalString(name));
  if (!value) {
    return Fail(Errc::kInvalidArgument,
                "member " + std::string(name) + " is missing");
  }
  return *std::move(value);
}

Result<std::optional<std::string>> JsonView::OptionalString(
    std::string_view name) const {
  const auto member = Find(name);
  if (!member) return std::nullopt;
  auto text = member->AsString();
  if (!text) return WrongType(name, "a string");
  return text;
}

Result<std::optional<bool>> JsonView::OptionalBool(
    std::string_view name) const {
  const auto member = Find(name);
  if (!member) return std::nullopt;
  const auto& value = Value(member->value_);
  if (!value.IsBool()) return WrongType(name, "true or false");
  return value.GetBool();
}

Result<std::optional<std::int64_t>> JsonView::OptionalInt(
    std::string_view name, std::int64_t min, std::int64_t max) const {
  const auto member = Find(name);
  if (!member) return std::nullopt;
  const auto& value = Value(member->value_);
  if (!value.IsInt64() || value.GetInt64() < min || value.GetInt64() > max) {
    return WrongType(name, "an integer from " + std::to_string(min) + " to " +
                               std::to_string(max));
  }
  return value.GetInt64();
}

Result<std::optional<double>> JsonView::OptionalNumber(std::string_view name,
                                                       double min,
                                                       double max) const {
  const auto member = Find(name);
  if (!member) return std::nullopt;
  const auto& value = Value(member->value_);
  if (!value.IsNumber() || value.GetDouble() < min || value.GetDouble() > max) {
    return WrongType(name, "a number from " + ShortestDecimal(min) + " to " +
                               ShortestDecimal(max));
  }
  return value.GetDouble();
}

Result<std::optional<JsonView>> JsonView::OptionalObject(
    std::string_view name) const {
  const auto member = Find(name);
  if (member && !member->IsObject()) return WrongType(name, "an object");
  return member;
}

Result<std::vector<JsonView>> JsonView::OptionalArray(
    std::string_view name) const {
  std::vector<JsonView> items;
  const auto member = Find(name);
  if (!member) return items;
  const auto& value = Value(member->value_);
  if (!value.IsArray()) return WrongType(name, "an array");
  for (const auto& item : value.GetArray()) items.push_back(JsonView(&item));
  return items;
}

Result<std::vector<std::string>> JsonView::OptionalStrings(
    std::string_view name) const {
  DPS_TRY(const auto items, OptionalArray(name));
  std::vector<std::string> texts;
  for (const JsonView& item : items) {
    auto text = item.AsString();
    if (!text) return WrongType(name, "an array of strings");
    texts.push_back(*std::move(text));
  }
  return texts;
}

std::optional<std::string> JsonView::AsString() const {
  const auto& value = Value(value_);
  if (!value.IsString()) return std::nullopt;
  return std::string(value.GetString(), value.GetStringLength());
}

std::string JsonView::Text() const {
  rapidjson::StringBuffer buffer;
  AsciiWriter writer(buffer);
  Value(value_).Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string JsonView::TextWithout(
    std::initializer_list<std::string_view> names) const {
  rapidjson::StringBuffer buffer;
  AsciiWriter writer(buffer);
  writer.StartObject();
  for (const auto& member : Value(value_).GetObject()) {
    const std::string_view name(member.name.GetString(),
                                member.name.GetStringLength());
    if (std::ranges::find(names, name) != names.end()) continue;
    member.name.Accept(writer);
    member.value.Accept(writer);
  }
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

struct JsonDocument::Impl {
  explicit Impl(std::string_view json) : text(json) {}

  // A registration record fits into the room. RapidJSON's own first piece of
  // memory is 64 KiB, which makes the heap grow and shrink with each document.
  static constexpr std::size_t kRoomBytes = 700;
  static constexpr std::size_t kChunkBytes = 4096;

  std::string text;  // the document's strings point into it
  alignas(std::max_align_t) std::array<char, kRoomBytes> room;
  rapidjson::MemoryPoolAllocator<> pool{room.data(), room.size(), kChunkBytes};
  rapidjson::Document document{&pool};
};

JsonDocument::JsonDocument(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonView JsonDocument::root() const { return JsonView(&impl_->document); }

Result<JsonDocument> JsonDocument::ParseObject(std::string_view text,
                                               int depth_max) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  if (DeeperThan(text, depth_max)) {
    return Fail(Errc::kMalformedJson, "JSON is nested too deeply");
  }
  // RapidJSON takes a NUL byte for the end and would ignore what follows.
  if (text.find('\0') != text.npos) {
    return Fail(Errc::kMalformedJson, "not valid JSON: it holds a NUL byte");
  }
  if (!IsUtf8(text)) {
    return Fail(Errc::kMalformedJson, "not valid JSON: it is not UTF-8");
  }
  auto impl = std::make_unique<Impl>(text);
  const rapidjson::ParseResult parsed =
      ParseExactly(impl->text, impl->document);
  if (parsed.IsError()) {
    return Fail(Errc::kMalformedJson,
                std::string("not valid JSON: ") +
                    rapidjson::GetParseError_En(parsed.Code()) + " (at byte " +
                    std::to_string(parsed.Offset()) + ")");
  }
  if (HasLoneLowSurrogate(text)) {
    return Fail(Errc::kMalformedJson, "not valid JSON: half a surrogate pair");
  }
  if (!impl->document.IsObject()) {
    return Fail(Errc::kMalformedJson, "the JSON text must be an object");
  }
  return JsonDocument(std::move(impl));
}

struct JsonWriter::Impl {
  // Room for most replies and records at once.
  rapidjson::StringBuffer buffer{nullptr, 1000};
  AsciiWriter writer{buffer};
};

JsonWriter::JsonWriter() : impl_(std::make_unique<Impl>()) {}
JsonWriter::JsonWriter(JsonWriter&&) noexcept = default;
JsonWriter::~JsonWriter() = default;

JsonWriter& JsonWriter::StartObject() {
  impl_->writer.StartObject();
  return *this;
}

JsonWriter& JsonWriter::EndObject() {
  impl_->writer.EndObject();
  return *this;
}

JsonWriter& JsonWriter::StartArray() {
  impl_->writer.StartArray();
  return *this;
}

JsonWriter& JsonWriter::EndArray() {
  impl_->writer.EndArray();
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view name) { return String(name); }

JsonWriter& JsonWriter::String(std::string_view value) {
  if (IsPlain(value)) {
    impl_->writer.PlainString(value);
    return *this;
  }
  if (!IsUtf8(value)) return String(Printable(value, value.size()));
  impl_->writer.String(value.data(), JsonSize(value));
  return *this;
}

JsonWriter& JsonWriter::Int(std::int64_t value) {
  impl_->writer.Int64(value);
  return *this;
}

JsonWriter& JsonWriter::Number(double value) {
  return Raw(ShortestDecimal(value));
}

JsonWriter& JsonWriter::Bool(bool value) {
  impl_->writer.Bool(value);
  return *this;
}

JsonWriter& JsonWriter::Raw(std::string_view json) {
  impl_->writer.PlainValue(json);
  return *this;
}

JsonWriter& JsonWriter::Member(std::string_view name, std::string_view value) {
  return Key(name).String(value);
}

JsonWriter& JsonWriter::MemberNonempty(std::string_view name,
                                       std::string_view value) {
  return value.empty() ? *this : Member(name, value);
}

std::string JsonWriter::Take() {
  return {impl_->buffer.GetString(), impl_->buffer.GetSize()};
}

std::string AddMember(std::string_view object, std::string_view name,
                      std::string_view value) {
  object.remove_suffix(1);  // the closing brace
  return std::string(object) + ",\"" + std::string(name) +
         "\":" + std::string(value) + "}";
}

}  // namespace dps
