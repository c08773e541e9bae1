// SPDX-License-Identifier: Apache-2.0
// A geo database file: the library that reads it must stand any.
#include "core/allocation/geo_database.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>

#include "tests/fuzz/require.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_log.h"

// libmaxminddb 1.7.1 leaks some KiB at some broken metadata: at most once for
// each file an operator puts in place.
extern "C" const char* __lsan_default_suppressions();   // NOLINT
extern "C" const char* __lsan_default_suppressions() {  // NOLINT
  return "leak:libmaxminddb";
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int file = memfd_create("input", MFD_CLOEXEC);
  dps::Require(file >= 0 &&
               write(file, data, size) == static_cast<ssize_t>(size));
  dps::FakeClock clock;
  dps::FakeLog log;
  const auto database = dps::GeoDatabase::Open(
      "/proc/self/fd/" + std::to_string(file), clock, log);
  close(file);
  if (!database) {
    dps::Require(database.error().code == dps::Errc::kInvalidArgument);
    return 0;
  }
  for (const char* address : {"192.0.2.1", "192.0.2.200", "2001:db8::1",
                              "255.255.255.255", "::", "ffff::ffff"}) {
    const auto place = (*database)->Find(*dps::IpAddress::Parse(address));
    dps::Require(!place || (std::abs(place->latitude) <= 90 &&
                            std::abs(place->longitude) <= 180));
  }
  return 0;
}
