// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/candidates.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/core/allocation/hubs.h"

namespace dps {
namespace {

HubName Name(const std::string& text) { return *HubName::Parse(text); }

EnrollmentTerms Terms(const std::vector<std::string>& hubs) {
  EnrollmentTerms terms;
  for (const std::string& hub : hubs) terms.iot_hubs.push_back(Name(hub));
  return terms;
}

std::string WhyNone(const std::vector<std::string>& named,
                    const std::vector<LinkedHub>& linked) {
  const auto hubs = EligibleHubs(Terms(named), HubTable(linked));
  REQUIRE_FALSE(hubs);
  CHECK(hubs.error().code == Errc::kNoHub);
  return hubs.error().message;
}

using Names = std::vector<std::string>;

Names Eligible(const Names& named, const HubTable& linked) {
  const auto hubs = EligibleHubs(Terms(named), linked);
  REQUIRE(hubs);
  Names names;
  for (const HubEntry* entry : *hubs) names.push_back(entry->name().text());
  return names;
}

std::string WhyNotStatic(const Names& named,
                         const std::vector<LinkedHub>& linked) {
  const auto hub = StaticHub(Terms(named), HubTable(linked));
  REQUIRE_FALSE(hub);
  CHECK(hub.error().code == Errc::kNoHub);
  return hub.error().message;
}

}  // namespace

TEST_CASE("candidates: an enrollment without hubs means every linked hub") {
  const HubTable linked({Hub("b.example"), Hub("a.example")});
  CHECK(Eligible({}, linked) == Names{"a.example", "b.example"});
}

TEST_CASE("candidates: an enrollment's list narrows the linked hubs") {
  const HubTable linked({Hub("a.example"), Hub("b.example"), Hub("c.example")});
  CHECK(Eligible({"C.EXAMPLE", "gone.example", "b.example"}, linked) ==
        Names{"b.example", "c.example"});
}

TEST_CASE("candidates: a hub excluded from allocation is never eligible") {
  const std::vector linked = {Hub("a.example", false), Hub("b.example")};
  CHECK(Eligible({}, HubTable(linked)) == Names{"b.example"});
  CHECK(WhyNone({"a.example"}, linked) ==
        "no hub of the enrollment is eligible; excluded from allocation: "
        "a.example");
}

TEST_CASE("candidates: the message says why no hub is eligible") {
  CHECK(WhyNone({}, {}) == "no hub is linked to the instance");
  CHECK(WhyNone({"a.example"}, {}) == "no hub is linked to the instance");
  CHECK(WhyNone({}, {Hub("a.example", false)}) ==
        "every linked hub is excluded from allocation: a.example");
  CHECK(WhyNone({"x.example", "a.example", "y.example"},
                {Hub("a.example", false), Hub("b.example")}) ==
        "no hub of the enrollment is eligible; not linked: x.example, "
        "y.example; excluded from allocation: a.example");
}

TEST_CASE("candidates: the message stays short however many hubs it names") {
  std::vector<std::string> named;
  for (int i = 0; i < 500; ++i) {
    named.push_back("hub-" + std::to_string(i) + ".example");
  }
  CHECK(WhyNone(named, {Hub("a.example")}) ==
        "no hub of the enrollment is eligible; not linked: hub-0.example, "
        "hub-1.example, hub-2.example, hub-3.example, hub-4.example and 495 "
        "more");
}

TEST_CASE("candidates: policy static takes the one hub that is named") {
  const HubTable linked({Hub("a.example"), Hub("b.example")});
  const auto hub = StaticHub(Terms({"B.example"}), linked);
  REQUIRE(hub);
  CHECK((*hub)->name().text() == "b.example");
}

TEST_CASE("candidates: policy static says why it has no hub") {
  const std::vector linked = {Hub("a.example"), Hub("b.example", false)};
  CHECK(WhyNotStatic({}, linked) ==
        "policy static needs one hub in the enrollment's iotHubs, which names "
        "none");
  CHECK(WhyNotStatic({"a.example", "b.example"}, linked) ==
        "policy static needs one hub in the enrollment's iotHubs, which names "
        "2: a.example, b.example");
  CHECK(WhyNotStatic({"gone.example"}, linked) ==
        "the hub of policy static, gone.example, is not linked");
  CHECK(WhyNotStatic({"b.example"}, linked) ==
        "the hub of policy static, b.example, is excluded from allocation");
}

}  // namespace dps
