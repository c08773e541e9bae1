// SPDX-License-Identifier: Apache-2.0
// A hub linked to an instance: a name devices are sent to, and its share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/connector_settings.h"
#include "core/model/ids.h"

namespace dps {

struct Coordinates {
  double latitude = 0;   // degrees, -90 to 90
  double longitude = 0;  // degrees, -180 to 180

  friend bool operator==(const Coordinates&, const Coordinates&) = default;
};

// service-api section 1.4.
struct LinkedHub {
  HubName name;
  int allocation_weight = 1;  // 1 to 1000, relative
  // False takes the hub out of allocation; it stays linked.
  bool apply_allocation_policy = true;
  std::string region;  // where it stands, for people; empty = not said
  std::optional<Coordinates> coordinates;  // for policy geoLatency
  ConnectorSettings connector;             // how devices get to be known there

  std::string etag_text;
  UtcTime created{};
  UtcTime last_updated{};

  const std::string& key() const { return name.key(); }
  const std::string& etag() const { return etag_text; }
  friend bool operator==(const LinkedHub&, const LinkedHub&) = default;
};

// Whether there is anything to do at the hub for a device.
bool HasConnector(const LinkedHub& hub);

// `{"name","allocationWeight","applyAllocationPolicy","region",
// "coordinates":{"latitude","longitude"},"connector","etag",times}`. kAll is
// the stored form.
std::string ToJson(const LinkedHub& hub, Secrets secrets);
// Server-made members may be absent. Errors: kMalformedJson, kInvalidArgument.
[[nodiscard]] Result<LinkedHub> ParseLinkedHub(
    std::string_view json, DocumentSource source = DocumentSource::kOperator);

}  // namespace dps
