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

#include "core/allocation/geo_latency.h"
#include "core/allocation/hashed.h"
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
template <class Work>
void Report(const char* what, int devices, Work work) {
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
  std::printf("%8.0f ns  %s\n", least, what);
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

void MeasureHashed(const char* what, int devices) {
  std::vector<LinkedHub> hubs;
  for (int hub = 0; hub < kHubs; ++hub) {
    hubs.push_back({.name = HubName::Parse(HubText(hub)).value(),
                    .allocation_weight = 1 + hub});
  }
  const HubTable table(std::move(hubs));
  Candidates candidates;
  for (const HubEntry& entry : table.entries()) candidates.push_back(&entry);
  constexpr int kDevices = 4096;
  std::vector<RegistrationId> ids;
  for (int i = 0; i < kDevices; ++i) {
    ids.push_back(RegistrationId::Parse("device-" + std::to_string(i)).value());
  }
  Report(what, devices, [&](int i) {
    const RegistrationId& id = ids[static_cast<std::size_t>(i) % ids.size()];
    return AllocateHashed(id, candidates).name().text().size();
  });
}

void MeasureTable(const char* what, int devices, const std::string& csv,
                  int networks) {
  const LatencyTable table = LatencyTable::ParseCsv(csv).value();
  std::vector<GeoHub> hubs;
  for (int hub = 0; hub < kHubs; ++hub) {
    const HubName name = HubName::Parse(HubText(hub)).value();
    hubs.push_back(GeoHub::Of(name, std::nullopt, &table));
  }
  const std::vector<IpAddress> addresses = RandomAddresses(networks);
  GeoQuestion question{.table = &table};
  Report(what, devices, [&](int i) {
    question.address =
        addresses[static_cast<std::size_t>(i) % addresses.size()];
    return FindNearest(question, hubs).nearest.size();
  });
}

void MeasureCoordinates(const char* what, int devices, int networks) {
  MmdbWriter writer;
  std::vector<GeoHub> hubs;
  for (int i = 0; i < networks; ++i) {
    const Coordinates place{.latitude = i % 180 - 90.0,
                            .longitude = i % 360 - 180.0};
    writer.Add(Network(i) + "/24", MmdbCity(place));
    if (i >= kHubs) continue;
    const HubName name = HubName::Parse(HubText(i)).value();
    hubs.push_back(GeoHub::Of(name, place, nullptr));
  }
  const TempDir directory;
  const SystemClock clock;
  FakeLog log;
  const auto database =
      GeoDatabase::Open(directory.Write("city.mmdb", writer.Finish()), clock,
                        log)
          .value();
  const std::vector<IpAddress> addresses = RandomAddresses(networks);
  GeoQuestion question{.database = database.get()};
  Report(what, devices, [&](int i) {
    question.address =
        addresses[static_cast<std::size_t>(i) % addresses.size()];
    return FindNearest(question, hubs).nearest.size();
  });
}

void Run(int devices) {
  const std::string block(64, 'x');
  Report("yardstick: SHA-256 of 64 bytes", devices,
         [&](int) { return Sha256(block).size(); });
  MeasureHashed("hashed: 50 hubs of different weights", devices);
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
