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

namespace dps {
namespace {

using Hubs = std::vector<LinkedHub>;
constexpr int kIds = 100'000;

RegistrationId Id(const std::string& text) {
  return *RegistrationId::Parse(text);
}

LinkedHub Hub(const std::string& name, int weight) {
  return {.name = *HubName::Parse(name), .allocation_weight = weight};
}

std::string Pick(const std::string& id, const Hubs& hubs) {
  return AllocateHashed(Id(id), hubs)->text();
}

std::map<std::string, double> Shares(const Hubs& hubs) {
  std::map<std::string, double> shares;
  for (int i = 0; i < kIds; ++i) {
    shares[Pick("device-" + std::to_string(i), hubs)] += 1.0 / kIds;
  }
  return shares;
}

// The contract of the header once more, with the C library's logarithm.
std::string PickByFloatingPoint(const std::string& id, const Hubs& hubs) {
  std::string best;
  long double best_cost = 0;
  for (const LinkedHub& hub : hubs) {
    const std::string digest = Sha256(id + "/" + hub.name.text());
    long double u = 0;
    for (int i = 7; i >= 0; --i) {
      const int byte = static_cast<unsigned char>(digest[i]) | (i == 7 ? 1 : 0);
      u = (u + static_cast<long double>(byte)) / 256;
    }
    const long double cost = -std::log2(u) / hub.allocation_weight;
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
    CHECK(Pick(*vector.String("registrationId"), hubs) ==
          *vector.String("hub"));
  }
}

TEST_CASE("hashed: integers choose as exact logarithms would") {
  const Hubs hubs = {Hub("a.example", 1), Hub("b.example", 10),
                     Hub("c.example", 100), Hub("d.example", 1000)};
  int differences = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string id = "dev-" + std::to_string(i);
    differences += Pick(id, hubs) == PickByFloatingPoint(id, hubs) ? 0 : 1;
  }
  CHECK(differences == 0);
}

TEST_CASE("hashed: each hub gets the share of its weight within one percent") {
  const auto shares = Shares({Hub("one.example", 1), Hub("two.example", 2),
                              Hub("three.example", 3), Hub("four.example", 4)});
  CHECK(std::abs(shares.at("one.example") - 0.1) < 0.01);
  CHECK(std::abs(shares.at("two.example") - 0.2) < 0.01);
  CHECK(std::abs(shares.at("three.example") - 0.3) < 0.01);
  CHECK(std::abs(shares.at("four.example") - 0.4) < 0.01);
}

TEST_CASE("hashed: a weight of 1 beside 1000 still gets its thousandth") {
  const auto shares = Shares({Hub("a.example", 1), Hub("b.example", 1000)});
  CHECK(shares.at("a.example") > 0.0005);
  CHECK(shares.at("a.example") < 0.0015);
}

TEST_CASE("hashed: a new hub takes devices to itself only, as many as due") {
  const Hubs before = {Hub("a.example", 1), Hub("b.example", 2)};
  Hubs after = before;
  after.push_back(Hub("c.example", 3));
  int moved = 0;
  int moved_elsewhere = 0;
  for (int i = 0; i < kIds; ++i) {
    const std::string id = "device-" + std::to_string(i);
    const std::string hub = Pick(id, after);
    if (hub == Pick(id, before)) continue;
    ++moved;
    moved_elsewhere += hub == "c.example" ? 0 : 1;
  }
  CHECK(moved_elsewhere == 0);
  CHECK(std::abs(moved - kIds / 2) < kIds / 100);
}

TEST_CASE("hashed: a hub that goes gives away only its own devices") {
  const Hubs before = {Hub("a.example", 5), Hub("b.example", 7),
                       Hub("c.example", 9)};
  const Hubs after(before.begin(), before.begin() + 2);
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = "device-" + std::to_string(i);
    const std::string hub = Pick(id, before);
    if (hub != "c.example" && Pick(id, after) != hub) FAIL_CHECK(id);
  }
}

TEST_CASE("hashed: a heavier hub only gains") {
  const Hubs before = {Hub("a.example", 1), Hub("b.example", 1)};
  const Hubs after = {Hub("a.example", 1), Hub("b.example", 2)};
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = "device-" + std::to_string(i);
    if (Pick(id, before) == "b.example" && Pick(id, after) != "b.example") {
      FAIL_CHECK(id);
    }
  }
}

TEST_CASE("hashed: neither letter case nor the order of hubs matters") {
  Hubs hubs = {Hub("a.example", 3), Hub("B.Example", 2), Hub("c.example", 1)};
  const std::string hub = Pick("Device-A", hubs);
  std::ranges::sort(hubs, {}, &LinkedHub::name);
  do {
    CHECK(Pick("dEVICE-a", hubs) == hub);
  } while (std::ranges::next_permutation(hubs, {}, &LinkedHub::name).found);
}

TEST_CASE("hashed: with no candidate there is no hub") {
  CHECK(AllocateHashed(Id("a"), {}).error().code == Errc::kNoHub);
}

}  // namespace dps
