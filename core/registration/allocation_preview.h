// SPDX-License-Identifier: Apache-2.0
// Which hub a registration would get, and why, for an operator who has neither
// the device nor its proof. Registers nobody.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/allocation/geo_latency.h"
#include "core/allocation/webhook_caller.h"
#include "core/base/result.h"
#include "core/model/enrollment.h"
#include "core/model/ids.h"
#include "core/registration/assign.h"
#include "core/registration/config_cache.h"
#include "core/registration/geo_guides.h"
#include "core/registration/reprovisioning.h"
#include "core/store/store.h"

namespace dps {

struct PreviewQuestion {
  IdScope id_scope;
  RegistrationId registration_id;
  // Decides where the device has no individual enrollment. None: the group it
  // registered by before, or else the only group there is.
  std::optional<EnrollmentGroupId> group{};
  std::optional<IpAddress> address{};     // where the device would call from
  std::optional<WebhookReply> webhook{};  // once the webhook was asked
};

struct HubPreview {
  HubName name;
  int allocation_weight = 1;
  bool eligible = false;
  std::uint64_t assigned_devices = 0;
  // Of eligible hubs, if the policy asks for it.
  std::optional<bool> within_load_bound;
  std::optional<double> hashed_cost;
  std::optional<Latency> latency;
  std::string latency_prefix;  // of the table's row that tells the latency
  bool chosen = false;
  std::string why_not;  // empty = it could have been chosen
};

struct AllocationPreview {
  RegistrationId registration_id;
  std::optional<EnrollmentGroupId> group;  // none: an individual enrollment
  AllocationPolicy policy = AllocationPolicy::kHashed;
  bool policy_is_instances = false;  // else the enrollment names it
  std::string current_hub;           // that the device has; empty = none
  bool held = false;                 // there, by reprovision policy `never`
  // Of a device that speaks a current api-version.
  Reprovisioning reprovisioning = Reprovisioning::kMigrate;
  std::optional<IpAddress> address;
  LatencySource latency_source = LatencySource::kNothing;
  std::optional<Coordinates> device_place;  // by the geo database
  std::vector<HubPreview> hubs;             // all that are linked
  std::vector<HubName> unlinked;  // that the enrollment names all the same
  // Policy custom: what its webhook would be asked, and what it said.
  std::optional<WebhookCall> webhook_call;
  std::optional<WebhookAnswer> webhook_answer;
  // The hub; empty = the webhook has to be asked. Errors, in which the
  // registration would end: kForbidden (disabled), kNoHub, kWebhookFailed.
  Result<std::string> hub;
  std::string reason;  // why that hub
  // As Allocation's; or what nobody but the device knows.
  std::string remark;
};

// On the snapshot alone, as Assign() would decide on it. What of the request to
// a webhook only the device knows, the payload is that of its last
// registration, and its certificate is missing. On the thread of `database`,
// which may be null. Errors: kNotFound (no enrollment can decide; the message
// says what to name), kUnauthenticated (no such ID scope), and those of
// Snapshot.
[[nodiscard]] Result<AllocationPreview> PreviewAllocation(
    Snapshot& snapshot, const PreviewQuestion& question,
    GeoDatabase* database = nullptr);

// What previews keep of the configuration from one to the next.
struct PreviewMemory {
  ConfigCache cache;
  GeoGuides guides;
};
[[nodiscard]] Result<AllocationPreview> PreviewAllocation(
    Snapshot& snapshot, const PreviewQuestion& question, PreviewMemory& memory);

// `{"registrationId","enrollment"|"enrollmentGroup","allocationPolicy",
// "policyFrom":"enrollment"|"instance","currentHub","held","address",
// "latencySource","devicePlace","hubs":[{"name","allocationWeight","eligible",
// "assignedDevices","withinLoadBound","hashedCost","latencyMs","cidr",
// "distanceKm","chosen","whyNot"}],"unlinkedHubs","webhook":{"url","signed",
// "request","answer"},"status","errorCode","hub","reason","remark"}`, without
// what there is not. The query of the URL is masked, and the webhook's key is
// not in it.
std::string ToJson(const AllocationPreview& preview);

}  // namespace dps
