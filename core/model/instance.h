// SPDX-License-Identifier: Apache-2.0
// A DPS instance: one tenant with its ID scope.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/model/attestation.h"
#include "core/model/enrollment.h"
#include "core/model/ids.h"

namespace dps {

struct Instance {
  // 3 to 51 letters, digits and hyphens, not all digits, no hyphen at either
  // end (service-api section 1.4); compared case-insensitively.
  std::string name;
  IdScope id_scope;
  // Of enrollments that name none; never custom (service-api section 1.4).
  AllocationPolicy allocation_policy = AllocationPolicy::kHashed;
  // Policy hashed passes over a hub that holds more than this multiple of its
  // weighted share of the assignments; 1 to 100, absent = it never does.
  std::optional<double> load_bound;
  // Policy geoLatency: hubs not slower than the nearest by more than this are
  // as near.
  int latency_tolerance_ms = 0;
  // How many hubs may be linked: as many as the product can take, or fewer.
  int linked_hubs_max = limits::kLinkedHubsMax;
  // Etag of the latency table of this instance, empty = there is none.
  std::string latency_table_etag;
  // The host name its service API is reached by, in lower case; empty = by its
  // name only (service_api/authorization.h). No two instances have the same.
  std::string service_host_name;
  // Signs requests to webhooks; empty = they go unsigned. Told to nobody.
  SecretBytes webhook_key;
  // Signs this instance's operation ids (registration/operation_id.h). Never
  // leaves the store.
  SecretBytes operation_key;

  std::string etag_text;
  UtcTime created{};
  UtcTime last_updated{};

  const std::string& key() const { return id_scope.text(); }
  const std::string& etag() const { return etag_text; }
  friend bool operator==(const Instance&, const Instance&) = default;
};

// Errors: kInvalidArgument.
[[nodiscard]] Status CheckInstanceName(std::string_view name);

// `{"name","idScope","allocationPolicy","loadBound","latencyToleranceMs",
// "linkedHubsMax","serviceOperationsHostName","webhookSigned","etag",times}`;
// kAll is the stored form, which has the keys and the table's etag.
std::string ToJson(const Instance& instance, Secrets secrets);
// Takes over what `object` says of policy, bound, tolerance, host name and
// `webhookKey`; what it does not mention stays. loadBound 0 and empty texts
// mean none.
// Errors: kInvalidArgument; then `instance` is spoilt.
[[nodiscard]] Status ApplySettings(JsonView object, Instance& instance);
// Reads the stored form. Errors: kMalformedJson, kInvalidArgument.
[[nodiscard]] Result<Instance> ParseInstance(std::string_view json);

}  // namespace dps
