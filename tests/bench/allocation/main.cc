// SPDX-License-Identifier: Apache-2.0
// What it costs to choose a device's hub among fifty, each policy beside a
// yardstick of the same run, so that numbers of different machines compare.
//
// usage: dps_allocation_bench [DEVICES]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "core/allocation/allocate.h"
#include "core/base/crypto.h"
#include "tests/support/fake_log.h"
#include "tests/support/mmdb_writer.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

constexpr int kHubs = 50;
constexpr int kRows = 100'000;
constexpr int kRepetitions = 5;

// Whatever is computed ends here, or the compiler would leave it out.
volatile std::size_t result;

// The least of some repetitions: what disturbs only ever adds.
// `target` in nanoseconds, 0 = none.
template <class Work>
void Report(const char* what, int devices, double target, Work work) {
  double least = 0;
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    const auto start = std::chrono::steady_clock::now();
    std::size_t sum = 0;
    for (int i = 0; i < devices; ++i) sum += work(i);
    const std::chrono::duration<double, std::nano> took =
        std::chrono::steady_clock::now() - start;
    result = sum;
    const double each = took.count() / devices;
    least = repetition == 0 ? each : std::min(least, each);
  }
  std::printf("%8.0f ns  %s", least, what);
  if (target > 0) {
    std::printf(" (target: under %.0f ns): %s", target,
                least < target ? "met" : "MISSED");
  }
  std::printf("\n");
}

std::string HubText(int number) {
  return "hub-" + std::to_string(number) + ".example.com";
}

std::string Network(int number) {
  return std::to_string(10 + (number >> 16)) + "." +
         std::to_string(number >> 8 & 0xff) + "." +
         std::to_string(number & 0xff) + ".0";
}

// Networks that name every hub.
std::string FullRows() {
  std::string csv;
  for (int row = 0; row < kRows; ++row) {
    csv += Network(row / kHubs) + "/24," + HubText(row % kHubs) + "," +
           std::to_string(row * 7 % 300) + "\n";
  }
  return csv;
}

// A row for each network, and wider ones around it for the other hubs.
std::string NestedRows() {
  std::string csv;
  for (int hub = 0; hub < kHubs; ++hub) {
    csv += "0.0.0.0/" + std::to_string(hub % 2) + "," + HubText(hub) + ",90\n";
  }
  for (int row = kHubs; row < kRows; ++row) {
    csv += Network(row) + "/24," + HubText(row % kHubs) + ",5\n";
  }
  return csv;
}

Coordinates PlaceOf(int number) {
  return {.latitude = number % 180 - 90.0, .longitude = number % 360 - 180.0};
}

std::vector<IpAddress> RandomAddresses(int networks) {
  constexpr std::size_t kAddresses = 4096;
  std::mt19937 random(1);
  std::vector<IpAddress> addresses;
  for (std::size_t i = 0; i < kAddresses; ++i) {
    std::string text = Network(static_cast<int>(random() % networks));
    text.back() = '7';
    addresses.push_back(*IpAddress::Parse(text));
  }
  return addresses;
}

// An instance of fifty hubs, and an enrollment for each policy.
class Fleet {
 public:
  explicit Fleet(AllocationPolicy policy) {
    terms_.allocation_policy = policy;
    std::vector<LinkedHub> hubs;
    for (int hub = 0; hub < kHubs; ++hub) {
      hubs.push_back({.name = HubName::Parse(HubText(hub)).value(),
                      .allocation_weight = 1 + hub,
                      .coordinates = PlaceOf(hub)});
    }
    table_ = HubTable(std::move(hubs));
    for (int i = 0; i < kIds; ++i) {
      ids_.push_back(
          RegistrationId::Parse("device-" + std::to_string(i)).value());
    }
  }

  void UseBound(double bound) {
    instance_.load_bound = bound;
    for (const HubEntry& entry : table_.entries()) {
      assigned_[entry.name().text()] = 20'000;
    }
  }
  void UseGeo(const LatencyTable* table, GeoDatabase* database, int networks) {
    guide_ = {.table = table, .database = database};
    for (const HubEntry& entry : table_.entries()) {
      guide_.hubs.push_back(
          GeoHub::Of(entry.name(), entry.hub.coordinates, table));
    }
    addresses_ = RandomAddresses(networks);
  }

  // All that choosing a hub takes, from the enrollment to the name.
  void Measure(const char* what, int devices, double target) {
    Report(what, devices, target, [&](int i) {
      const auto at = static_cast<std::size_t>(i);
      AllocationQuestion question{.registration_id = ids_[at % ids_.size()],
                                  .terms = terms_,
                                  .instance = instance_,
                                  .linked = table_,
                                  .current_hub = {},
                                  .assigned = assigned_,
                                  .geo = &guide_};
      if (!addresses_.empty()) {
        question.address = addresses_[at % addresses_.size()];
      }
      return Allocate(question)->hub->name().text().size();
    });
  }

 private:
  static constexpr int kIds = 4096;

  HubTable table_;
  Instance instance_ = {.name = "bench",
                        .id_scope = IdScope::Parse("0ne00000001").value()};
  EnrollmentTerms terms_;
  AssignedCounts assigned_;
  GeoGuide guide_;
  std::vector<RegistrationId> ids_;
  std::vector<IpAddress> addresses_;
};

constexpr double kHashedTarget = 5000;  // nanoseconds a device
constexpr double kGeoTarget = 10'000;

void MeasureTable(const char* what, int devices, const std::string& csv,
                  int networks) {
  const LatencyTable table = LatencyTable::ParseCsv(csv).value();
  Fleet fleet(AllocationPolicy::kGeoLatency);
  fleet.UseGeo(&table, nullptr, networks);
  fleet.Measure(what, devices, kGeoTarget);
}

void MeasureCoordinates(const char* what, int devices, int networks) {
  MmdbWriter writer;
  for (int i = 0; i < networks; ++i) {
    writer.Add(Network(i) + "/24", MmdbCity(PlaceOf(i)));
  }
  const TempDir directory;
  const SystemClock clock;
  FakeLog log;
  const auto database =
      GeoDatabase::Open(directory.Write("city.mmdb", writer.Finish()), clock,
                        log)
          .value();
  Fleet fleet(AllocationPolicy::kGeoLatency);
  fleet.UseGeo(nullptr, database.get(), networks);
  fleet.Measure(what, devices, kGeoTarget);
}

void Run(int devices) {
  const std::string block(64, 'x');
  Report("yardstick: SHA-256 of 64 bytes", devices, 0,
         [&](int) { return Sha256(block).size(); });
  Fleet hashed(AllocationPolicy::kHashed);
  hashed.Measure("hashed: 50 hubs of different weights", devices,
                 kHashedTarget);
  hashed.UseBound(1.25);
  hashed.Measure("hashed: the same with a load bound", devices, kHashedTarget);
  MeasureTable("geoLatency: 50 hubs, 100,000 rows of 2,000 networks", devices,
               FullRows(), kRows / kHubs);
  MeasureTable("geoLatency: 50 hubs, 100,000 rows, each of a network", devices,
               NestedRows(), kRows);
  MeasureCoordinates("geoLatency: 50 hubs, coordinates, 10,000 networks",
                     devices, kRows / 10);
}

}  // namespace
}  // namespace dps

int main(int argc, char** argv) {
  const int devices = argc > 1 ? std::atoi(argv[1]) : 200'000;
  dps::Run(std::max(devices, 1));
}
