// SPDX-License-Identifier: Apache-2.0
// What holds for whatever hubs and weights an operator has.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "core/allocation/hashed.h"
#include "core/base/limits.h"
#include "tests/core/allocation/hubs.h"

namespace dps {
namespace {

using Weights = std::vector<int>;

HubTable NumberedHubs(const Weights& weights) {
  std::vector<LinkedHub> hubs;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    hubs.push_back(
        {.name = *HubName::Parse("hub-" + std::to_string(i) + ".example"),
         .allocation_weight = weights[i]});
  }
  return HubTable(std::move(hubs));
}

RegistrationId NumberedId(unsigned number) {
  return *RegistrationId::Parse("device-" + std::to_string(number));
}

rc::Gen<Weights> AnyWeights(std::size_t most) {
  return rc::gen::mapcat(
      rc::gen::inRange<std::size_t>(1, most + 1), [](std::size_t count) {
        return rc::gen::container<Weights>(
            count, rc::gen::inRange(1, limits::kAllocationWeightMax + 1));
      });
}

}  // namespace

TEST_CASE("hashed_properties: 100,000 devices are shared out by weight") {
  int runs = 0;
  CHECK(rc::check([&runs] {
    constexpr unsigned kDevices = 100'000;
    constexpr int kRuns = 10;  // enough; each takes a while
    if (++runs > kRuns) return;
    const Weights weights = *AnyWeights(8);
    const unsigned first = *rc::gen::inRange(0U, 1'000'000U);
    const HubTable table = NumberedHubs(weights);
    const Candidates candidates = All(table);
    std::map<const HubEntry*, int> got;
    double total = 0;
    for (const int weight : weights) total += weight;
    for (unsigned i = 0; i < kDevices; ++i) {
      ++got[&AllocateHashed(NumberedId(first + i), candidates)];
    }
    for (const HubEntry* entry : candidates) {
      const double due = entry->hub.allocation_weight / total;
      RC_ASSERT(std::abs(got[entry] / double{kDevices} - due) < 0.01);
    }
  }));
}

TEST_CASE("hashed_properties: a hub that goes gives away its devices only") {
  CHECK(rc::check([] {
    const Weights weights = *rc::gen::suchThat(
        AnyWeights(50), [](const Weights& w) { return w.size() > 1; });
    const HubTable table = NumberedHubs(weights);
    const Candidates before = All(table);
    Candidates after = before;
    const auto gone = *rc::gen::inRange<std::size_t>(0, before.size());
    after.erase(after.begin() + static_cast<std::ptrdiff_t>(gone));
    const unsigned first = *rc::gen::inRange(0U, 1'000'000U);
    for (unsigned i = 0; i < 200; ++i) {
      const HubEntry& had = AllocateHashed(NumberedId(first + i), before);
      if (&had == before[gone]) continue;
      RC_ASSERT(&AllocateHashed(NumberedId(first + i), after) == &had);
    }
  }));
}

TEST_CASE("hashed_properties: a hub made heavier only gains") {
  CHECK(rc::check([] {
    Weights weights = *AnyWeights(20);
    const HubTable before = NumberedHubs(weights);
    const auto changed = *rc::gen::inRange<std::size_t>(0, weights.size());
    weights[changed] =
        *rc::gen::inRange(weights[changed], limits::kAllocationWeightMax + 1);
    const HubTable after = NumberedHubs(weights);
    const std::string name = "hub-" + std::to_string(changed) + ".example";
    const unsigned first = *rc::gen::inRange(0U, 1'000'000U);
    for (unsigned i = 0; i < 200; ++i) {
      const auto had =
          AllocateHashed(NumberedId(first + i), All(before)).name();
      const auto has = AllocateHashed(NumberedId(first + i), All(after)).name();
      RC_ASSERT(has == had || has.text() == name);
    }
  }));
}

TEST_CASE("hashed_properties: the order of the candidates does not matter") {
  CHECK(rc::check([] {
    const HubTable table = NumberedHubs(*AnyWeights(20));
    const Candidates forward = All(table);
    const Candidates backward(forward.rbegin(), forward.rend());
    const RegistrationId id = NumberedId(*rc::gen::arbitrary<unsigned>());
    RC_ASSERT(&AllocateHashed(id, backward) == &AllocateHashed(id, forward));
  }));
}

}  // namespace dps
