// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/fleet_file.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <utility>

#include "apps/dpsctl/file_streams.h"
#include "apps/dpsctl/fleet_document.h"
#include "apps/dpsctl/input_file.h"
#include "core/base/limits.h"
#include "core/base/secret_box.h"
#include "core/base/text.h"
#include "core/model/connector_settings.h"

namespace dps {
namespace {

constexpr std::size_t kKeyFileMax = 4096;

tl::unexpected<Error> BadPlace(const std::string& place, const Error& error) {
  return Fail(error.code, place + ": " + error.message);
}

bool IsReference(std::string_view text) {
  return text.starts_with(kSecretInFile) ||
         text.starts_with(kSecretInEnvironment);
}

// Documents as the service API takes them, of those of a file.
class FleetWriter {
 public:
  FleetWriter(const ReadReference& read, const PlaceName& place)
      : read_(read), place_(place) {}

  Result<std::string> Write(JsonView document, const std::string& path) {
    DPS_CHECK(WriteObject(document, path, ""));
    return json_.Take();
  }

 private:
  Status WriteObject(JsonView object, const std::string& path,
                     const std::string& way) {
    json_.StartObject();
    for (const std::string& name : object.Names()) {
      const auto value = object.Find(name);
      if (!value) continue;  // null
      DPS_CHECK(WriteMember(*value, {name, path + '/' + name, way + name}));
    }
    if (way == "connector/") KeepConnectionString(object);
    json_.EndObject();
    return {};
  }

  struct Member {
    std::string name;
    std::string path;
    std::string way;
  };

  Status WriteMember(JsonView value, const Member& member) {
    const auto text = value.AsString();
    if (IsFleetKey(member.way)) return WriteKey(text, member);
    if (member.name == "certificateFile" &&
        !member.way.starts_with("connector/")) {
      return WriteFile(text, member);
    }
    if (IsConnectorSecret(member.way) && text && !IsReference(*text) &&
        *text != kKeptSecret) {
      return NoSecret(member);
    }
    json_.Key(member.name);
    if (value.IsObject() && LeadsOn(member.way)) {
      return WriteObject(value, member.path, member.way + '/');
    }
    json_.Raw(value.Text());
    return {};
  }

  static bool IsConnectorSecret(std::string_view way) {
    return way == "connector/password" || way == "connector/connectionString" ||
           way == "connector/key";
  }
  // Into what operators write as they like nobody looks.
  static bool LeadsOn(std::string_view way) {
    return way.starts_with("attestation") || way == "connector";
  }

  tl::unexpected<Error> NoSecret(const Member& member) {
    return Fail(Errc::kInvalidArgument,
                place_(member.path) +
                    ": must be file:PATH or env:NAME, where it is to be read; "
                    "a fleet file holds no secrets");
  }

  Status WriteKey(const std::optional<std::string>& text,
                  const Member& member) {
    if (!text || !IsReference(*text)) return NoSecret(member);
    auto key = read_(*text);
    if (!key) return BadPlace(place_(member.path), key.error());
    key->erase(key->find_last_not_of(" \t\r\n") + 1);
    json_.Key(member.name).String(*key);
    return {};
  }

  Status WriteFile(const std::optional<std::string>& text,
                   const Member& member) {
    if (!text || text->empty()) {
      return Fail(Errc::kInvalidArgument,
                  place_(member.path) + ": must name a file");
    }
    const auto content = read_(std::string(kSecretInFile) + *text);
    if (!content) return BadPlace(place_(member.path), content.error());
    json_.Key("certificate").String(*content);
    return {};
  }

  // Of an Azure IoT Hub it must be there; what is not given stays.
  void KeepConnectionString(JsonView connector) {
    const auto type = connector.Find("type");
    if (!type || type->AsString() != "iothub" ||
        connector.Find("connectionString")) {
      return;
    }
    json_.Member("connectionString", kKeptSecret);
  }

  const ReadReference& read_;
  const PlaceName& place_;
  JsonWriter json_;
};

class FleetReader {
 public:
  explicit FleetReader(const ReadReference& read) : read_(read) {}

  Status Add(const FleetText& text);
  Fleet Take() &&;

 private:
  Status AddSection(const FleetSection& section, JsonView root);
  Status AddItem(const FleetSection& section, JsonView object,
                 const std::string& path);

  const ReadReference& read_;
  PlaceName place_;
  Fleet fleet_;
  // Where each was seen, by section and lower-case id.
  std::map<std::pair<FleetKind, std::string>, std::string> seen_;
};

Status FleetReader::Add(const FleetText& text) {
  place_ = [&text](const std::string& path) { return PlaceIn(text, path); };
  DPS_TRY(const JsonDocument document,
          JsonDocument::ParseObject(text.json, limits::kJsonDepthMax + 2));
  const JsonView root = document.root();
  for (const std::string& name : root.Names()) {
    const auto* section =
        std::ranges::find(kFleetSections, name, &FleetSection::name);
    if (section != kFleetSections.end()) continue;
    std::string all;
    for (const FleetSection& one : kFleetSections) {
      all += (all.empty() ? "" : ", ") + std::string(one.name);
    }
    return Fail(Errc::kInvalidArgument,
                place_(name) + ": there is no such section; there are " + all);
  }
  for (const FleetSection& section : kFleetSections) {
    DPS_CHECK(AddSection(section, root));
  }
  return {};
}

Status FleetReader::AddSection(const FleetSection& section, JsonView root) {
  const std::string name(section.name);
  const auto names = root.Names();
  const auto count = std::ranges::count(names, name);
  if (count == 0) return {};
  if (count > 1) {
    return Fail(Errc::kInvalidArgument, place_(name) + ": is there twice");
  }
  fleet_.sections.insert(section.kind);
  if (section.kind == FleetKind::kInstance) {
    const auto object = root.OptionalObject(name);
    if (!object) return BadPlace(place_(name), object.error());
    return *object ? AddItem(section, **object, name) : Status();
  }
  const auto items = root.OptionalArray(name);
  if (!items) return BadPlace(place_(name), items.error());
  for (std::size_t i = 0; i < items->size(); ++i) {
    const std::string path = name + '/' + std::to_string(i);
    if (!(*items)[i].IsObject()) {
      return Fail(Errc::kInvalidArgument, place_(path) + ": must have members");
    }
    DPS_CHECK(AddItem(section, (*items)[i], path));
  }
  return {};
}

Status FleetReader::AddItem(const FleetSection& section, JsonView object,
                            const std::string& path) {
  DPS_CHECK(CheckFleetMembers(section.kind, object, path, place_));
  FleetItem item{.kind = section.kind, .id = {}, .place = place_(path)};
  const auto id = object.OptionalString(section.id_member);
  if (!id) return BadPlace(item.place, id.error());
  item.id = id->value_or("");
  const bool is_instance = section.kind == FleetKind::kInstance;
  if (item.id.empty() && !is_instance) {
    return Fail(Errc::kInvalidArgument,
                item.place + ": lacks its " + std::string(section.id_member));
  }
  const auto [before, is_new] = seen_.emplace(
      std::pair(section.kind, is_instance ? "" : AsciiLower(item.id)),
      item.place);
  if (!is_new) {
    return Fail(Errc::kInvalidArgument,
                item.place + ": " + std::string(section.noun) + " " +
                    Printable(item.id) + " is there already, " +
                    before->second);
  }
  DPS_TRY(item.json, FleetWriter(read_, place_).Write(object, path));
  const Status fit = CheckFleetDocument(section.kind, item.json);
  if (!fit) return BadPlace(item.place, fit.error());
  fleet_.items.push_back(std::move(item));
  return {};
}

Fleet FleetReader::Take() && {
  std::ranges::stable_sort(fleet_.items, {}, &FleetItem::kind);
  return std::move(fleet_);
}

Result<std::string> ReadWhole(const std::string& path) {
  DPS_TRY(InputStream file, InputStream::Open(path));
  std::string text;
  for (;;) {
    DPS_TRY(const std::string_view piece, file.Read());
    if (piece.empty()) return text;
    text += piece;
    if (text.size() > kFleetBytesMax) {
      return Fail(Errc::kTooLarge, path + " is larger than " +
                                       std::to_string(kFleetBytesMax) +
                                       " bytes");
    }
  }
}

Result<std::string> ReadNamed(const std::string& directory,
                              std::string_view reference) {
  if (reference.starts_with(kSecretInEnvironment)) {
    const std::string name(reference.substr(kSecretInEnvironment.size()));
    const char* value = std::getenv(name.c_str());
    if (value != nullptr) return std::string(value);
    return Fail(Errc::kInvalidArgument,
                "there is no environment variable " + Printable(name));
  }
  const std::filesystem::path path(reference.substr(kSecretInFile.size()));
  constexpr std::size_t kMax =
      std::max(kKeyFileMax, limits::kCertificateTextBytesMax);
  return ReadInputFile((directory / path).string(), kMax);
}

}  // namespace

Result<Fleet> ParseFleet(std::string_view text, const ReadReference& read) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  std::vector<FleetText> documents;
  if (first != text.npos && text[first] == '{') {
    if (text.size() > kFleetBytesMax) {
      return Fail(Errc::kTooLarge, "the file is too large");
    }
    documents.push_back({.json = std::string(text), .lines = {}});
  } else {
    DPS_TRY(documents, ReadYaml(text));
  }
  FleetReader reader(read);
  for (const FleetText& document : documents) DPS_CHECK(reader.Add(document));
  return std::move(reader).Take();
}

Result<Fleet> ReadFleetFile(const std::string& path) {
  DPS_TRY(const std::string text, ReadWhole(path));
  const std::string directory =
      path == "-" ? "" : std::filesystem::path(path).parent_path().string();
  auto fleet = ParseFleet(text, [&](const std::string& reference) {
    return ReadNamed(directory, reference);
  });
  if (fleet) return fleet;
  return Fail(fleet.error().code, path + ": " + fleet.error().message);
}

}  // namespace dps
