// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/candidates.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/base/text.h"

namespace dps {
namespace {

std::string List(const std::vector<HubName>& hubs) {
  std::vector<std::string> names;
  names.reserve(hubs.size());
  for (const HubName& hub : hubs) names.push_back(hub.text());
  return FirstOf(names);
}

std::string WhyNone(const EnrollmentTerms& terms, const HubTable& linked) {
  if (linked.entries().empty()) return "no hub is linked to the instance";
  std::vector<HubName> excluded;
  if (terms.iot_hubs.empty()) {
    for (const HubEntry& entry : linked.entries()) {
      excluded.push_back(entry.name());
    }
    return "every linked hub is excluded from allocation: " + List(excluded);
  }
  // A named hub that is linked and yet not eligible is an excluded one.
  std::vector<HubName> unlinked;
  for (const HubName& hub : terms.iot_hubs) {
    (linked.Find(hub.text()) == nullptr ? unlinked : excluded).push_back(hub);
  }
  std::string why = "no hub of the enrollment is eligible";
  if (!unlinked.empty()) why += "; not linked: " + List(unlinked);
  if (!excluded.empty()) why += "; excluded from allocation: " + List(excluded);
  return why;
}

}  // namespace

Result<Candidates> EligibleHubs(const EnrollmentTerms& terms,
                                const HubTable& linked) {
  Candidates eligible;
  const auto add = [&](const HubEntry* entry) {
    if (entry != nullptr && entry->hub.apply_allocation_policy) {
      eligible.push_back(entry);
    }
  };
  if (terms.iot_hubs.empty()) {
    eligible.reserve(linked.entries().size());
    for (const HubEntry& entry : linked.entries()) add(&entry);
  } else {
    eligible.reserve(terms.iot_hubs.size());
    for (const HubName& hub : terms.iot_hubs) add(linked.Find(hub.text()));
    std::ranges::sort(eligible);  // of one array: by name
  }
  if (eligible.empty()) return Fail(Errc::kNoHub, WhyNone(terms, linked));
  return eligible;
}

Result<const HubEntry*> StaticHub(const EnrollmentTerms& terms,
                                  const HubTable& linked) {
  const auto& named = terms.iot_hubs;
  if (named.empty()) {
    return Fail(Errc::kNoHub,
                "policy static needs one hub in the enrollment's iotHubs, "
                "which names none");
  }
  if (named.size() > 1) {
    return Fail(Errc::kNoHub,
                "policy static needs one hub in the enrollment's iotHubs, "
                "which names " +
                    std::to_string(named.size()) + ": " + List(named));
  }
  const HubEntry* entry = linked.Find(named.front().text());
  if (entry == nullptr) {
    return Fail(Errc::kNoHub, "the hub of policy static, " +
                                  named.front().text() + ", is not linked");
  }
  if (!entry->hub.apply_allocation_policy) {
    return Fail(Errc::kNoHub, "the hub of policy static, " +
                                  named.front().text() +
                                  ", is excluded from allocation");
  }
  return entry;
}

}  // namespace dps
