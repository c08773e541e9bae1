// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/apps/dpsctl/certificate_files.h"
#include "tests/apps/dpsctl/dpsctl_runner.h"

namespace dps {
namespace {

using std::chrono::hours;

struct NotesBench {
  // What an accepted command told on stderr.
  std::string Told(const std::vector<std::string>& arguments) const {
    const CommandResult result = dpsctl.Run(arguments);
    CHECK(result.exit_code == 0);
    CHECK_FALSE(result.out.empty());
    return result.err;
  }
  std::string Update(std::vector<std::string> options) const {
    options.insert(options.begin(), {"enrollment", "update", "--eid", "dev-1"});
    return Told(options);
  }
  std::string FileOf(CertificateSpec spec, hours from, hours until) {
    const UtcTime now = SystemClock().Now();
    spec.not_before = now + from;
    spec.not_after = now + until;
    return files.Of(Forge(spec));
  }
  std::string Expired(const CertificateSpec& spec) {
    return FileOf(spec, hours(-2), hours(-1));
  }
  std::string Early(const CertificateSpec& spec) {
    return FileOf(spec, hours(1), hours(2));
  }

  Dpsctl dpsctl;
  CertificateFiles files;
};

const std::string kReplaced =
    "dpsctl: note: the only certificate CN=dev-1 was replaced; devices that "
    "have it are refused from now on\n";

}  // namespace

TEST_CASE("certificate_notes: replacing the only certificate is told") {
  NotesBench bench;
  const std::string first = bench.files.Of(DeviceNow("dev-1"));
  const std::string next = bench.files.Of(DeviceNow("dev-1"));
  CHECK(bench.Told({"enrollment", "create", "--eid", "dev-1", "--cp", first})
            .empty());
  CHECK(bench.Update({"--cp", next}) == kReplaced);
  CHECK(bench.Update({"--scp", first, "--rc"}) == kReplaced);
  CHECK(bench.Update({"--scp", next}) == kReplaced);
}

TEST_CASE("certificate_notes: a rollover through the other slot is quiet") {
  NotesBench bench;
  const std::string first = bench.files.Of(DeviceNow("dev-1"));
  const std::string next = bench.files.Of(DeviceNow("dev-1"));
  const std::string third = bench.files.Of(DeviceNow("dev-1"));
  bench.dpsctl.Json({"enrollment", "create", "--eid", "dev-1", "--cp", first});
  CHECK(bench.Update({"--scp", next}).empty());
  CHECK(bench.Update({"--cp", third}).empty());
  CHECK(bench.Update({"--rc"}).empty());
  CHECK(bench.Update({"--cp", next, "--rsc"}).empty());
  CHECK(bench.Update({"--ps", "disabled"}).empty());
  CHECK(bench.Update({"--at", "symmetricKey"}).empty());
}

TEST_CASE("certificate_notes: the only CA of a group is named as it is known") {
  NotesBench bench;
  for (const char* name : {"Root", "next"}) {
    bench.dpsctl.Json({"certificate", "create", "--cn", name, "--path",
                       bench.files.Of(CaNow(name))});
  }
  bench.dpsctl.Json(
      {"enrollment-group", "create", "--eid", "g", "--ca", "Root"});
  CHECK(Holds(
      bench.Told({"enrollment-group", "update", "--eid", "g", "--ca", "next"}),
      "note: the only certificate Root was replaced"));
}

TEST_CASE("certificate_notes: certificates out of date are told when given") {
  NotesBench bench;
  const CertificateSpec device = LeafSpec("dev-1");
  CHECK(bench
            .Told({"enrollment", "create", "--eid", "dev-1", "--cp",
                   bench.Expired(device)})
            .starts_with("dpsctl: note: CN=dev-1 expired at 20"));
  CHECK(bench.Update({"--ps", "disabled"}).empty());
  CHECK(bench.Update({"--scp", bench.Early(device)})
            .starts_with("dpsctl: note: CN=dev-1 is not valid before 20"));
  CHECK(Holds(bench.Told({"enrollment-group", "create", "--eid", "g", "--cp",
                          bench.Expired(CaSpec("Line CA"))}),
              "note: CN=Line CA expired at"));
  CHECK(Holds(bench.Told({"certificate", "create", "--cn", "root", "--path",
                          bench.Early(CaSpec("Root CA"))}),
              "note: CN=Root CA is not valid before"));
  CHECK(Holds(bench.Told({"certificate", "update", "--cn", "root", "--path",
                          bench.Expired(CaSpec("Root CA"))}),
              "note: CN=Root CA expired at"));
}

}  // namespace dps
