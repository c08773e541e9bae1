// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/candidates.h"

#include <algorithm>
#include <string>

namespace dps {
namespace {

bool Holds(const std::vector<HubName>& hubs, const HubName& hub) {
  return std::ranges::find(hubs, hub) != hubs.end();
}

bool Names(const EnrollmentTerms& terms, const HubName& hub) {
  return terms.iot_hubs.empty() || Holds(terms.iot_hubs, hub);
}

// The first few names, for a message that must stay short.
std::string List(const std::vector<HubName>& hubs) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(hubs.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + hubs[i].text();
  }
  if (hubs.size() > kShown) {
    text += " and " + std::to_string(hubs.size() - kShown) + " more";
  }
  return text;
}

std::string WhyNone(const EnrollmentTerms& terms,
                    const std::vector<LinkedHub>& linked) {
  if (linked.empty()) return "no hub is linked to the instance";
  std::vector<HubName> excluded;
  for (const LinkedHub& hub : linked) {
    if (Names(terms, hub.name)) excluded.push_back(hub.name);
  }
  if (terms.iot_hubs.empty()) {
    return "every linked hub is excluded from allocation: " + List(excluded);
  }
  // A named hub that is linked and yet not eligible is an excluded one.
  std::vector<HubName> unlinked;
  std::ranges::copy_if(
      terms.iot_hubs, std::back_inserter(unlinked),
      [&](const HubName& hub) { return !Holds(excluded, hub); });
  std::string why = "no hub of the enrollment is eligible";
  if (!unlinked.empty()) why += "; not linked: " + List(unlinked);
  if (!excluded.empty()) why += "; excluded from allocation: " + List(excluded);
  return why;
}

}  // namespace

Result<std::vector<LinkedHub>> EligibleHubs(
    const EnrollmentTerms& terms, const std::vector<LinkedHub>& linked) {
  std::vector<LinkedHub> eligible;
  std::ranges::copy_if(
      linked, std::back_inserter(eligible), [&](const LinkedHub& hub) {
        return hub.apply_allocation_policy && Names(terms, hub.name);
      });
  if (eligible.empty()) return Fail(Errc::kNoHub, WhyNone(terms, linked));
  return eligible;
}

}  // namespace dps
