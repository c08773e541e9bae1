// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/geo_latency.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/core/allocation/cities.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/mmdb_writer.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

using namespace std::chrono_literals;
using Positions = std::vector<std::uint32_t>;

double Milliseconds(const Coordinates& a, const Coordinates& b) {
  const Latency latency = LatencyBetween(EarthPoint::At(a), EarthPoint::At(b));
  return static_cast<double>(latency.count()) / 1000;
}

bool About(double value, double wanted) {
  return std::abs(value - wanted) < 0.01;
}

// A device of the TEST-NET blocks, a table of three hubs, a geo database that
// knows 192.0.2.0/24.
struct GeoRig {
  GeoRig() {
    MmdbWriter writer;
    writer.Add("192.0.2.0/24", MmdbCity(kBerlin));
    database =
        GeoDatabase::Open(temp.Write("city.mmdb", writer.Finish()), clock, log)
            .value();
  }

  GeoHub Hub(const std::string& name,
             const std::optional<Coordinates>& place = std::nullopt) const {
    return GeoHub::Of(*HubName::Parse(name), place, question.table);
  }
  GeoAnswer Ask(std::string_view address,
                const std::vector<GeoHub>& candidates) {
    question.address = *IpAddress::Parse(address);
    return FindNearest(question, candidates);
  }
  void UseTable() { question.table = &table; }
  void UseDatabase() { question.database = database.get(); }

  TempDir temp;
  FakeClock clock;
  FakeLog log;
  std::unique_ptr<GeoDatabase> database;
  LatencyTable table = *LatencyTable::ParseCsv(
      "198.51.100.0/24,a.example,20\n198.51.100.0/24,b.example,25\n"
      "198.51.100.0/24,c.example,30.5\n192.0.2.0/24,a.example,7\n");
  GeoQuestion question;
};

}  // namespace

TEST_CASE("geo_latency: a hundred kilometres are a millisecond") {
  CHECK(Milliseconds(kBerlin, kBerlin) == 0);
  CHECK(About(Milliseconds({0, 0}, {0, 180}), 200.151));
  CHECK(About(Milliseconds({90, 17}, {-90, -4}), 200.151));
  CHECK(About(Milliseconds({0, 179}, {0, -179}), 2.224));
  CHECK(std::abs(Milliseconds(kBerlin, kZurich) - 6.7) < 0.1);
  CHECK(std::abs(Milliseconds(kBerlin, kSydney) - 161) < 1);
}

TEST_CASE("geo_latency: the hub of least latency in the table is the nearest") {
  GeoRig rig;
  rig.UseTable();
  const auto answer = rig.Ask(
      "198.51.100.9",
      {rig.Hub("c.example"), rig.Hub("a.example"), rig.Hub("b.example")});
  CHECK(answer.source == LatencySource::kTable);
  CHECK(answer.nearest == Positions{1});
  CHECK(answer.latencies[0] == 30500us);
  CHECK(answer.latencies[1] == 20ms);
  CHECK(answer.reason.empty());
}

TEST_CASE("geo_latency: hubs within the tolerance are as near, to the bound") {
  GeoRig rig;
  rig.UseTable();
  const std::vector<GeoHub> hubs = {rig.Hub("a.example"), rig.Hub("b.example"),
                                    rig.Hub("c.example")};
  rig.question.tolerance = 5ms;
  CHECK(rig.Ask("198.51.100.9", hubs).nearest == Positions{0, 1});
  rig.question.tolerance = 4999us;
  CHECK(rig.Ask("198.51.100.9", hubs).nearest == Positions{0});
  rig.question.tolerance = 10500us;
  CHECK(rig.Ask("198.51.100.9", hubs).nearest == Positions{0, 1, 2});
}

TEST_CASE("geo_latency: what the deciding source does not know is out") {
  GeoRig rig;
  rig.UseTable();
  rig.UseDatabase();
  rig.question.tolerance = 10s;
  const auto answer = rig.Ask("192.0.2.1", {rig.Hub("d.example", kBerlin),
                                            rig.Hub("a.example", kSydney)});
  CHECK(answer.source == LatencySource::kTable);
  CHECK(answer.nearest == Positions{1});
  CHECK_FALSE(answer.latencies[0]);
}

TEST_CASE("geo_latency: coordinates decide where the table knows no hub") {
  GeoRig rig;
  rig.UseTable();
  rig.UseDatabase();
  const auto answer =
      rig.Ask("192.0.2.1", {rig.Hub("s.example", kSydney), rig.Hub("n.example"),
                            rig.Hub("z.example", kZurich)});
  CHECK(answer.source == LatencySource::kCoordinates);
  CHECK(answer.nearest == Positions{2});
  CHECK_FALSE(answer.latencies[1]);
  CHECK(answer.device == kBerlin);
}

TEST_CASE("geo_latency: where nothing is known all hubs stay, with a reason") {
  GeoRig rig;
  const std::vector<GeoHub> hubs = {rig.Hub("x.example"), rig.Hub("y.example")};
  const auto none = rig.Ask("203.0.113.5", hubs);
  CHECK(none.source == LatencySource::kNothing);
  CHECK(none.nearest == Positions{0, 1});
  CHECK(none.reason == "there is no latency table and no geo database");
  rig.UseTable();
  CHECK(rig.Ask("203.0.113.5", hubs).reason ==
        "the device's address is 203.0.113.5: it is in no row of the latency "
        "table, and there is no geo database");
  rig.UseDatabase();
  CHECK(rig.Ask("203.0.113.5", hubs).reason ==
        "the device's address is 203.0.113.5: it is in no row of the latency "
        "table, and the geo database does not know where it is");
  CHECK(rig.Ask("192.0.2.5", hubs).reason ==
        "the device's address is 192.0.2.5: its rows of the latency table name "
        "no hub to choose from, and no hub to choose from has coordinates");
  rig.question.table = nullptr;
  CHECK(rig.Ask("203.0.113.5", hubs).reason ==
        "the device's address is 203.0.113.5: there is no latency table, and "
        "the geo database does not know where it is");
  rig.question.address.reset();
  CHECK(FindNearest(rig.question, hubs).reason ==
        "no address of the device is known: a unix socket has none, that of a "
        "WebSocket client counts only if the broker is told to trust it");
}

TEST_CASE("geo_latency: without candidates there is no nearest hub") {
  GeoRig rig;
  rig.UseTable();
  const auto answer = rig.Ask("198.51.100.9", {});
  CHECK(answer.source == LatencySource::kNothing);
  CHECK(answer.nearest.empty());
}

}  // namespace dps
