// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/hashed.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "tests/core/allocation/hubs.h"
#include "tests/support/sample_documents.h"

namespace dps {
namespace {

using Hubs = std::vector<LinkedHub>;
constexpr int kIds = 100'000;

LinkedHub WeighedHub(const std::string& name, int weight) {
  return {.name = *HubName::Parse(name), .allocation_weight = weight};
}

// The hubs of one test, set up once.
class Fleet {
 public:
  explicit Fleet(const Hubs& hubs) : table_(hubs), candidates_(All(table_)) {}

  std::string Pick(const std::string& id) const {
    return AllocateHashed(Device(id), candidates_).name().text();
  }

 private:
  HubTable table_;
  Candidates candidates_;
};

std::map<std::string, double> Shares(const Hubs& hubs) {
  const Fleet fleet(hubs);
  std::map<std::string, double> shares;
  for (int i = 0; i < kIds; ++i) {
    shares[fleet.Pick("device-" + std::to_string(i))] += 1.0 / kIds;
  }
  return shares;
}

std::uint64_t Mix(std::uint64_t x) {
  for (const std::uint64_t factor :
       {0xff51afd7ed558ccdULL, 0xc4ceb9fe1a85ec53ULL}) {
    x = (x ^ x >> 33) * factor;
  }
  return x ^ x >> 33;
}

// The contract of the header once more, with the C library's logarithm.
std::string PickByFloatingPoint(const std::string& id, const Hubs& hubs) {
  const DrawSeed d = DrawSeed::Of(id);
  std::string best;
  long double best_cost = 0;
  for (const LinkedHub& hub : hubs) {
    const DrawSeed h = DrawSeed::Of(hub.name.text());
    const std::uint64_t x =
        Mix(Mix(d.first ^ h.first) + (d.second ^ h.second)) | 1;
    const long double cost =
        (64 - std::log2(static_cast<long double>(x))) / hub.allocation_weight;
    if (best.empty() || cost < best_cost) {
      best = hub.name.text();
      best_cost = cost;
    }
  }
  return best;
}

std::string ReadVectors() {
  std::ifstream file(DPS_SOURCE_DIR "/tests/vectors/hashed.json");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("hashed: the golden vectors give the same hub on every machine") {
  const auto document = JsonDocument::ParseObject(ReadVectors());
  REQUIRE(document);
  const auto vectors = *document->root().OptionalArray("vectors");
  CHECK(vectors.size() == 48);
  for (const JsonView vector : vectors) {
    Hubs hubs;
    const auto listed = *vector.OptionalArray("hubs");
    for (const JsonView hub : listed) {
      hubs.push_back(*ParseLinkedHub(hub.Text()));
    }
    CHECK(Fleet(hubs).Pick(*vector.String("registrationId")) ==
          *vector.String("hub"));
  }
}

TEST_CASE("hashed: integers choose as exact logarithms would") {
  const Hubs hubs = {WeighedHub("a.example", 1), WeighedHub("b.example", 10),
                     WeighedHub("c.example", 100),
                     WeighedHub("d.example", 1000)};
  const Fleet fleet(hubs);
  int differences = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string id = "dev-" + std::to_string(i);
    differences += fleet.Pick(id) == PickByFloatingPoint(id, hubs) ? 0 : 1;
  }
  CHECK(differences == 0);
}

TEST_CASE("hashed: each hub gets the share of its weight within one percent") {
  const auto shares =
      Shares({WeighedHub("one.example", 1), WeighedHub("two.example", 2),
              WeighedHub("three.example", 3), WeighedHub("four.example", 4)});
  CHECK(std::abs(shares.at("one.example") - 0.1) < 0.01);
  CHECK(std::abs(shares.at("two.example") - 0.2) < 0.01);
  CHECK(std::abs(shares.at("three.example") - 0.3) < 0.01);
  CHECK(std::abs(shares.at("four.example") - 0.4) < 0.01);
}

TEST_CASE("hashed: a weight of 1 beside 1000 still gets its thousandth") {
  const auto shares =
      Shares({WeighedHub("a.example", 1), WeighedHub("b.example", 1000)});
  CHECK(shares.at("a.example") > 0.0005);
  CHECK(shares.at("a.example") < 0.0015);
}

TEST_CASE("hashed: a new hub takes devices to itself only, as many as due") {
  const Hubs hubs = {WeighedHub("a.example", 1), WeighedHub("b.example", 2),
                     WeighedHub("c.example", 3)};
  const Fleet before({hubs[0], hubs[1]});
  const Fleet after(hubs);
  int moved = 0;
  int moved_elsewhere = 0;
  for (int i = 0; i < kIds; ++i) {
    const std::string id = "device-" + std::to_string(i);
    const std::string hub = after.Pick(id);
    if (hub == before.Pick(id)) continue;
    ++moved;
    moved_elsewhere += hub == "c.example" ? 0 : 1;
  }
  CHECK(moved_elsewhere == 0);
  CHECK(std::abs(moved - kIds / 2) < kIds / 100);
}

TEST_CASE("hashed: neither letter case nor the order of hubs matters") {
  const Fleet fleet({WeighedHub("a.example", 3), WeighedHub("B.Example", 2)});
  const Fleet other({WeighedHub("b.example", 2), WeighedHub("A.example", 3)});
  for (int i = 0; i < 1000; ++i) {
    const std::string id = "evice-" + std::to_string(i);
    CHECK(fleet.Pick("D" + id) == other.Pick("d" + id));
  }
}

TEST_CASE("hashed: the cost shown is the least of the hub that is chosen") {
  const HubTable table({WeighedHub("a.example", 1), WeighedHub("b.example", 2),
                        WeighedHub("c.example", 3)});
  Candidates all;
  for (const HubEntry& entry : table.entries()) all.push_back(&entry);
  for (int i = 0; i < 1000; ++i) {
    const auto id = *RegistrationId::Parse("Device-" + std::to_string(i));
    const HubEntry* least = *std::ranges::min_element(
        all, {}, [&](const HubEntry* entry) { return HashedCost(id, *entry); });
    CHECK(&AllocateHashed(id, all) == least);
    CHECK(HashedCost(id, *least) > 0);
  }
}

TEST_CASE("hashed: a cost is divided by the weight") {
  const HubTable light({WeighedHub("a.example", 1)});
  const HubTable heavy({WeighedHub("a.example", 4)});
  const auto id = *RegistrationId::Parse("dev-1");
  CHECK(HashedCost(id, light.entries()[0]) ==
        4 * HashedCost(id, heavy.entries()[0]));
}

}  // namespace dps
