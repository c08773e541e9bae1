// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/fleet_difference.h"

#include <map>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

constexpr std::size_t kValueShownMax = 60;

// All that an object holds, by the way to it.
using FlatDocument = std::map<std::string, std::string>;

void Flatten(JsonView object, const std::string& way, FlatDocument& flat) {
  for (const std::string& name : object.Names()) {
    const auto value = object.Find(name);
    if (!value) continue;
    const std::string inner = way.empty() ? name : way + "." + name;
    if (value->IsObject()) {
      Flatten(*value, inner, flat);
    } else {
      flat[inner] = value->AsString().value_or(value->Text());
    }
  }
}

// Of a certificate's info the thumbprint says all; a webhook's URL has its key.
bool IsTold(std::string_view way) {
  return way.find(".info.") == way.npos || way.ends_with(".sha256Thumbprint");
}

std::string ShownValue(const FlatDocument& flat, const std::string& way) {
  const auto found = flat.find(way);
  if (found == flat.end()) return "(none)";
  return Printable(found->second, kValueShownMax);
}

Result<FlatDocument> FlatOf(const std::string& json) {
  DPS_TRY(const JsonDocument document,
          JsonDocument::ParseObject(json, limits::kJsonDepthMax + 1));
  FlatDocument flat;
  Flatten(document.root(), "", flat);
  return flat;
}

}  // namespace

Result<std::vector<std::string>> FleetDifferences(const std::string& before,
                                                  const std::string& after) {
  DPS_TRY(const FlatDocument old_members, FlatOf(before));
  DPS_TRY(const FlatDocument new_members, FlatOf(after));
  FlatDocument all = old_members;
  all.insert(new_members.begin(), new_members.end());
  std::vector<std::string> differences;
  for (const auto& [way, value] : all) {
    const auto was = old_members.find(way);
    const auto is = new_members.find(way);
    const bool same = was != old_members.end() && is != new_members.end() &&
                      was->second == is->second;
    if (same || !IsTold(way)) continue;
    differences.push_back(way.ends_with(".webhookUrl")
                              ? way + " changed"
                              : way + " " + ShownValue(old_members, way) +
                                    " -> " + ShownValue(new_members, way));
  }
  return differences;
}

}  // namespace dps
