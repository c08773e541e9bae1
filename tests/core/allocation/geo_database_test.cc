// SPDX-License-Identifier: Apache-2.0
#include "core/allocation/geo_database.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "core/base/limits.h"
#include "tests/core/allocation/cities.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"
#include "tests/support/mmdb_writer.h"
#include "tests/support/temp_dir.h"

// libmaxminddb 1.7.1 leaks some KiB at some broken metadata: at most once for
// each file an operator puts in place.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libmaxminddb";
}

namespace dps {
namespace {

std::string SomeCities() {
  MmdbWriter writer;
  writer.Add("192.0.2.0/24", MmdbCity(kBerlin));
  writer.Add("192.0.2.128/25", MmdbCity(kSydney));
  writer.Add("2001:db8::/32", MmdbCity(kZurich));
  return writer.Finish();
}

std::string OnlyBerlin() {
  MmdbWriter writer;
  writer.Add("0.0.0.0/0", MmdbCity(kBerlin));
  return writer.Finish();
}

std::string WithRecord(std::string_view data) {
  MmdbWriter writer;
  writer.Add("192.0.2.0/24", data);
  return writer.Finish();
}

struct DatabaseRig {
  explicit DatabaseRig(std::string_view content = SomeCities())
      : path(temp.Write("city.mmdb", content)) {}

  std::optional<Coordinates> Find(std::string_view address) {
    if (!database) database = GeoDatabase::Open(path, clock, log).value();
    return database->Find(*IpAddress::Parse(address));
  }
  // As a careful updater does.
  void Replace(std::string_view content) {
    std::filesystem::rename(temp.Write("new", content), path);
  }
  std::ptrdiff_t LinesWith(std::string_view part) const {
    const auto lines = log.lines();
    return std::ranges::count_if(lines, [&](const std::string& line) {
      return line.find(part) != line.npos;
    });
  }

  TempDir temp;
  FakeClock clock;
  FakeLog log;
  std::string path;
  std::unique_ptr<GeoDatabase> database;
};

Error OpenError(const std::string& path) {
  FakeClock clock;
  FakeLog log;
  const auto opened = GeoDatabase::Open(path, clock, log);
  REQUIRE_FALSE(opened);
  return opened.error();
}

// Opens and asks; only that this ends matters.
void Survive(const TempDir& temp, std::string_view content) {
  FakeClock clock;
  FakeLog log;
  const auto opened =
      GeoDatabase::Open(temp.Write("wrong.mmdb", content), clock, log);
  if (!opened) return;
  for (const char* address : {"192.0.2.1", "192.0.2.200", "2001:db8::1",
                              "255.255.255.255", "::", "ffff::ffff"}) {
    const auto found = (*opened)->Find(*IpAddress::Parse(address));
    const bool on_earth = !found || (std::abs(found->latitude) <= 90 &&
                                     std::abs(found->longitude) <= 180);
    if (!on_earth) FAIL_CHECK("a place outside of the earth");
  }
}

}  // namespace

TEST_CASE("geo_database: an address of either family is found at its city") {
  DatabaseRig rig;
  CHECK(rig.Find("192.0.2.7") == kBerlin);
  CHECK(rig.Find("::ffff:192.0.2.7") == kBerlin);
  CHECK(rig.Find("192.0.2.200") == kSydney);
  CHECK(rig.Find("2001:db8:1::1") == kZurich);
  CHECK(rig.log.Holds("city.mmdb in use: Test-City"));
}

TEST_CASE("geo_database: an address it does not list is nowhere") {
  DatabaseRig rig;
  CHECK_FALSE(rig.Find("198.51.100.1"));
  CHECK_FALSE(rig.Find("2001:db9::1"));
  CHECK(rig.log.lines().size() == 1);
}

TEST_CASE("geo_database: a record without coordinates is nowhere") {
  const std::string latitude = MmdbMap({{"latitude", MmdbDouble(1)}});
  const std::string words =
      MmdbMap({{"latitude", MmdbText("1")}, {"longitude", MmdbText("2")}});
  for (const std::string& data :
       {MmdbMap({}), MmdbMap({{"location", latitude}}),
        MmdbMap({{"location", words}}), MmdbMap({{"location", MmdbText("x")}}),
        MmdbText("x")}) {
    DatabaseRig rig(WithRecord(data));
    CHECK_FALSE(rig.Find("192.0.2.1"));
    CHECK(rig.log.lines().size() == 1);
  }
}

TEST_CASE("geo_database: a place outside of the earth is told of once") {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const Coordinates& wrong :
       {Coordinates{91, 0}, Coordinates{0, -181}, Coordinates{kNan, 0},
        Coordinates{0, std::numeric_limits<double>::infinity()}}) {
    DatabaseRig rig(WithRecord(MmdbCity(wrong)));
    CHECK_FALSE(rig.Find("192.0.2.1"));
    CHECK_FALSE(rig.Find("192.0.2.2"));
    CHECK(rig.LinesWith("192.0.2.1 is on no place of the earth") == 1);
    CHECK(rig.log.lines().size() == 2);
  }
}

TEST_CASE("geo_database: what is no database is refused by its name") {
  const TempDir temp;
  const std::string pipe = temp.File("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  for (const std::string& path :
       {temp.File("missing"), temp.Write("empty", ""), temp.path(), pipe,
        temp.Write("text", "not a database")}) {
    const Error error = OpenError(path);
    CHECK(error.code == Errc::kInvalidArgument);
    CHECK(error.message.starts_with("geo database " + path + ": "));
  }
}

TEST_CASE("geo_database: a file larger than the limit is refused unread") {
  const TempDir temp;
  const std::string path = temp.Write("huge", "");
  std::filesystem::resize_file(path, limits::kGeoDatabaseBytesMax + 1);
  CHECK(OpenError(path).message.find("larger than") != std::string::npos);
}

TEST_CASE("geo_database: a database cut anywhere is an error and no crash") {
  const TempDir temp;
  const std::string whole = SomeCities();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Survive(temp, whole.substr(0, size));
  }
}

TEST_CASE("geo_database: a database with flipped bits is no crash") {
  const TempDir temp;
  const std::string whole = SomeCities();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char flip : {'\x01', '\x20', '\x80', '\xff'}) {
      std::string wrong = whole;
      wrong[i] = static_cast<char>(wrong[i] ^ flip);
      Survive(temp, wrong);
    }
  }
}

TEST_CASE("geo_database: a replaced file is read within a minute") {
  DatabaseRig rig;
  CHECK_FALSE(rig.Find("198.51.100.1"));
  rig.Replace(OnlyBerlin());
  rig.clock.Advance(limits::kGeoDatabaseCheck - std::chrono::seconds(1));
  CHECK_FALSE(rig.Find("198.51.100.1"));
  rig.clock.Advance(std::chrono::seconds(1));
  CHECK(rig.Find("198.51.100.1") == kBerlin);
  CHECK(rig.LinesWith("in use") == 2);
}

TEST_CASE("geo_database: a file cut or overwritten in place harms nobody") {
  DatabaseRig rig;
  CHECK(rig.Find("192.0.2.7") == kBerlin);
  std::filesystem::resize_file(rig.path, 10);
  CHECK(rig.Find("192.0.2.7") == kBerlin);
  rig.clock.Advance(limits::kGeoDatabaseCheck);
  CHECK(rig.Find("192.0.2.200") == kSydney);
  rig.temp.Write("city.mmdb", OnlyBerlin());
  rig.clock.Advance(limits::kGeoDatabaseCheck);
  CHECK(rig.Find("192.0.2.200") == kBerlin);
}

TEST_CASE("geo_database: a bad or missing new file leaves the old in use") {
  DatabaseRig rig;
  CHECK(rig.Find("192.0.2.7") == kBerlin);
  rig.Replace("not a database");
  for (int minute = 0; minute < 3; ++minute) {
    rig.clock.Advance(limits::kGeoDatabaseCheck);
    CHECK(rig.Find("192.0.2.7") == kBerlin);
  }
  CHECK(rig.LinesWith("the one read before stays in use") == 1);
  std::filesystem::remove(rig.path);
  for (int minute = 0; minute < 3; ++minute) {
    rig.clock.Advance(limits::kGeoDatabaseCheck);
    CHECK(rig.Find("192.0.2.7") == kBerlin);
  }
  CHECK(rig.LinesWith("the one read before stays in use") == 2);
  rig.Replace(OnlyBerlin());
  rig.clock.Advance(limits::kGeoDatabaseCheck);
  CHECK(rig.Find("198.51.100.1") == kBerlin);
}

}  // namespace dps
