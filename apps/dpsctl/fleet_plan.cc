// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/fleet_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "apps/dpsctl/fleet_document.h"
#include "apps/dpsctl/output.h"
#include "core/base/text.h"
#include "core/model/access_policy.h"

namespace dps {
namespace {

constexpr std::size_t kDifferencesShownMax = 8;

std::string PathOfItem(FleetKind kind, const std::string& id) {
  return PathOf(std::string(SectionOf(kind).collection), id);
}

// Names by their lower-case form.
using FleetNames = std::set<std::string>;

class FleetPlanner {
 public:
  FleetPlanner(Service& service, const FleetWish& wish)
      : service_(service), wish_(wish) {}

  Result<FleetPlan> Plan();

 private:
  Status PlanItem(const FleetItem& item);
  Status PlanRemovals(FleetKind kind);
  Status CheckReferences();
  Status CheckReferencesOf(const FleetItem& item, const FleetNames& hubs,
                           const FleetNames& certificates);
  Status CheckPoliciesLeft() const;
  Result<std::vector<std::string>> KeyDifferences(const FleetItem& item);
  Result<std::string> Rows(FleetKind kind);
  Result<FleetNames> NamesLeft(FleetKind kind);
  FleetNames NamesInFile(FleetKind kind) const;
  bool Prunes(FleetKind kind) const {
    return wish_.prune && wish_.fleet.sections.contains(kind);
  }

  Service& service_;
  const FleetWish& wish_;
  FleetPlan plan_;
};

FleetNames FleetPlanner::NamesInFile(FleetKind kind) const {
  FleetNames names;
  for (const FleetItem& item : wish_.fleet.items) {
    if (item.kind == kind) names.insert(AsciiLower(item.id));
  }
  return names;
}

Result<std::string> FleetPlanner::Rows(FleetKind kind) {
  const std::string path = "/" + std::string(SectionOf(kind).collection);
  const bool is_query =
      kind == FleetKind::kEnrollment || kind == FleetKind::kEnrollmentGroup;
  return is_query ? service_.Query(path + "/query", std::nullopt)
                  : service_.List(path, std::nullopt);
}

// Once the plan is done: those of the file, and of those there are what stays.
Result<FleetNames> FleetPlanner::NamesLeft(FleetKind kind) {
  FleetNames names = NamesInFile(kind);
  if (Prunes(kind)) return names;
  DPS_TRY(const std::string listed, Rows(kind));
  DPS_TRY(const auto rows, dps::Rows::Parse(listed));
  for (const JsonView row : rows.items()) {
    DPS_TRY(const std::string name, row.String(SectionOf(kind).id_member));
    names.insert(AsciiLower(name));
  }
  return names;
}

Result<std::vector<std::string>> FleetPlanner::KeyDifferences(
    const FleetItem& item) {
  const bool is_policy = item.kind == FleetKind::kAccessPolicy;
  const bool is_enrollment = item.kind == FleetKind::kEnrollment ||
                             item.kind == FleetKind::kEnrollmentGroup;
  if (!is_policy && !is_enrollment) return std::vector<std::string>();
  DPS_TRY(const FleetKeys wished, KeysOfFleetDocument(item.json));
  // Keys are shown to nobody who does not need them.
  if (!wished.any()) return std::vector<std::string>();
  DPS_TRY(const Response shown,
          service_.Send(
              "POST", PathOfItem(item.kind, item.id) +
                          (is_policy ? "/listKeys" : "/attestationmechanism")));
  DPS_TRY(const FleetKeys current, KeysOfFleetDocument(shown.body));
  return CompareFleetKeys(current, wished);
}

Status FleetPlanner::PlanItem(const FleetItem& item) {
  FleetStep step{.action = FleetStep::Action::kCreate,
                 .kind = item.kind,
                 .id = item.id,
                 .place = item.place,
                 .etag = {},
                 .body = {},
                 .differences = {}};
  if (item.kind == FleetKind::kInstance) step.id = wish_.instance_name;
  const auto current = service_.Send("GET", PathOfItem(step.kind, step.id));
  if (!current && current.error().code != Errc::kNotFound) {
    return tl::unexpected(current.error());
  }
  auto change =
      CompareFleetDocument(item.kind, current ? current->body : "", item.json);
  if (!change) {
    return Fail(change.error().code,
                item.place + ": " + change.error().message);
  }
  step.body = std::move(change->body);
  if (current) {
    step.action = FleetStep::Action::kUpdate;
    DPS_TRY(step.etag, EtagOf(*current));
    step.differences = std::move(change->differences);
    DPS_TRY(auto keys, KeyDifferences(item));
    std::ranges::move(keys, std::back_inserter(step.differences));
    if (step.differences.empty()) {
      ++plan_.unchanged;
      return {};
    }
  }
  plan_.steps.push_back(std::move(step));
  return {};
}

Status FleetPlanner::PlanRemovals(FleetKind kind) {
  if (!Prunes(kind)) return {};
  const FleetNames stay = NamesInFile(kind);
  DPS_TRY(const std::string listed, Rows(kind));
  DPS_TRY(const auto rows, dps::Rows::Parse(listed));
  for (const JsonView row : rows.items()) {
    DPS_TRY(const std::string id, row.String(SectionOf(kind).id_member));
    if (stay.contains(AsciiLower(id))) continue;
    DPS_TRY(const std::string etag, row.String("etag"));
    plan_.steps.push_back({.action = FleetStep::Action::kRemove,
                           .kind = kind,
                           .id = id,
                           .place = {},
                           .etag = etag,
                           .body = {},
                           .differences = {}});
  }
  return {};
}

Status FleetPlanner::CheckReferencesOf(const FleetItem& item,
                                       const FleetNames& hubs,
                                       const FleetNames& certificates) {
  DPS_TRY(const JsonDocument document,
          JsonDocument::ParseObject(item.json, limits::kJsonDepthMax + 1));
  DPS_TRY(const auto named, document.root().OptionalStrings("iotHubs"));
  for (const std::string& hub : named) {
    if (hubs.contains(AsciiLower(hub))) continue;
    return Fail(Errc::kInvalidArgument,
                item.place + ": iotHubs names " + Printable(hub) +
                    ", which is not linked, or would not be any more");
  }
  if (item.kind != FleetKind::kEnrollmentGroup) return {};
  DPS_TRY(const EnrollmentGroup group, ParseEnrollmentGroup(item.json));
  const auto* x509 = std::get_if<X509Attestation>(&group.terms.attestation);
  if (x509 == nullptr) return {};
  for (const auto* name : {&x509->primary_ca, &x509->secondary_ca}) {
    if (!*name || certificates.contains((*name)->key())) continue;
    return Fail(Errc::kInvalidArgument,
                item.place + ": caReferences names " + (*name)->text() +
                    ", which is not there, or would not be any more");
  }
  return {};
}

Status FleetPlanner::CheckReferences() {
  FleetNames hubs;
  FleetNames certificates;
  const auto refers = [&](std::string_view member) {
    return std::ranges::any_of(wish_.fleet.items, [&](const FleetItem& item) {
      return item.json.find(member) != std::string::npos;
    });
  };
  if (refers("\"iotHubs\"")) {
    DPS_TRY(hubs, NamesLeft(FleetKind::kLinkedHub));
  }
  if (refers("\"caReferences\"")) {
    DPS_TRY(certificates, NamesLeft(FleetKind::kCertificate));
  }
  for (const FleetItem& item : wish_.fleet.items) {
    if (item.kind != FleetKind::kEnrollment &&
        item.kind != FleetKind::kEnrollmentGroup) {
      continue;
    }
    DPS_CHECK(CheckReferencesOf(item, hubs, certificates));
  }
  return {};
}

// Nobody shuts himself out.
Status FleetPlanner::CheckPoliciesLeft() const {
  if (!Prunes(FleetKind::kAccessPolicy)) return {};
  const std::string login = AsciiLower(wish_.login_policy);
  if (!login.empty() &&
      !NamesInFile(FleetKind::kAccessPolicy).contains(login)) {
    return Fail(Errc::kInvalidArgument,
                "--prune would remove the policy of --login, " +
                    Printable(wish_.login_policy));
  }
  for (const FleetItem& item : wish_.fleet.items) {
    if (item.kind != FleetKind::kAccessPolicy) continue;
    DPS_TRY(const AccessPolicy policy, ParseAccessPolicy(item.json));
    if (policy.rights.Holds(AccessRight::kServiceConfig)) return {};
  }
  return Fail(Errc::kInvalidArgument,
              "--prune would leave no policy with the right ServiceConfig");
}

Result<FleetPlan> FleetPlanner::Plan() {
  DPS_CHECK(CheckPoliciesLeft());
  DPS_CHECK(CheckReferences());
  // What holds something goes before it, and frees certificates for others.
  for (const FleetKind kind :
       {FleetKind::kEnrollment, FleetKind::kEnrollmentGroup}) {
    DPS_CHECK(PlanRemovals(kind));
  }
  for (const FleetItem& item : wish_.fleet.items) DPS_CHECK(PlanItem(item));
  for (const FleetKind kind : {FleetKind::kCertificate, FleetKind::kLinkedHub,
                               FleetKind::kAccessPolicy}) {
    DPS_CHECK(PlanRemovals(kind));
  }
  return std::move(plan_);
}

Status CheckFleetInstance(const FleetWish& wish) {
  for (const FleetItem& item : wish.fleet.items) {
    if (item.kind != FleetKind::kInstance || item.id.empty() ||
        EqualsIgnoreCase(item.id, wish.instance_name)) {
      continue;
    }
    return Fail(Errc::kInvalidArgument,
                item.place + ": the file is for instance " +
                    Printable(item.id) + ", not for " + wish.instance_name);
  }
  return {};
}

}  // namespace

std::string LineOf(const FleetStep& step) {
  constexpr std::string_view kSigns = "+~-";
  std::string line(1, kSigns[static_cast<std::size_t>(step.action)]);
  line +=
      " " + std::string(SectionOf(step.kind).noun) + " " + Printable(step.id);
  const std::size_t shown =
      std::min(step.differences.size(), kDifferencesShownMax);
  for (std::size_t i = 0; i < shown; ++i) {
    line += (i == 0 ? ": " : ", ") + step.differences[i];
  }
  if (shown < step.differences.size()) {
    line += " and " + std::to_string(step.differences.size() - shown) + " more";
  }
  return line;
}

Result<FleetPlan> MakeFleetPlan(Service& service, const FleetWish& wish) {
  DPS_CHECK(CheckFleetInstance(wish));
  return FleetPlanner(service, wish).Plan();
}

Status DoFleetStep(Service& service, const FleetStep& step) {
  const bool removes = step.action == FleetStep::Action::kRemove;
  Headers headers;
  if (!step.etag.empty()) headers["If-Match"] = step.etag;
  const auto done =
      service.Send(removes ? "DELETE" : "PUT", PathOfItem(step.kind, step.id),
                   headers, step.body);
  if (done) return {};
  const std::string place = step.place.empty() ? "" : step.place + ": ";
  return Fail(done.error().code, place + done.error().message);
}

}  // namespace dps
