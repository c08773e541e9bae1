// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/decision.h"

#include <doctest/doctest.h>

#include <thread>

#include "tests/core/service_api/operator_at_work.h"
#include "tests/support/faulty_store.h"

namespace dps {
TEST_CASE("decision: of two creations at once one is told of the conflict") {
  FaultyStore store;
  OperatorAtWork admin(store);
  store.BeforeNextCommit([&] {
    CHECK(
        admin.Put("/enrollments/a", EnrollmentJson("a", "", Keys(kKeyA, kKeyA)))
            .status == 200);
  });
  CHECK(admin.Put("/enrollments/a", EnrollmentJson("a")).status == 409);
  CHECK(Holds(admin.Post("/enrollments/a/attestationmechanism"), kKeyA));
}

TEST_CASE("decision: of two instances of one name at once one is made") {
  FaultyStore store;
  OperatorAtWork admin(store);
  store.BeforeNextCommit(
      [&] { CHECK(admin.Put("/instances/plant", "{}").status == 200); });
  const Response late = admin.Put("/instances/PLANT", "{}");
  CHECK(late.status == 409);
  CHECK(Message(late) == "instance PLANT exists already");
  CHECK((*store.Read())->ListInstances()->size() == 2);
}

TEST_CASE("decision: an update with a star is made again on the newer state") {
  FaultyStore store;
  OperatorAtWork admin(store);
  admin.Put("/enrollments/a", EnrollmentJson("a", "", Keys(kKeyA, kKeyA)));
  store.BeforeNextCommit([&] {
    admin.Put("/enrollments/a", EnrollmentJson("a", "", Keys(kKeyB, kKeyB)),
              "*");
  });
  const Response updated =
      admin.Put("/enrollments/a", EnrollmentJson("a"), "*");
  CHECK(updated.status == 200);
  CHECK(Holds(updated, Keys(kKeyB, kKeyB)));
}

TEST_CASE("decision: an update by etag that lost its race is told so") {
  FaultyStore store;
  OperatorAtWork admin(store);
  const std::string etag =
      Member(admin.Put("/enrollments/a", EnrollmentJson("a")), "etag");
  store.BeforeNextCommit([&] {
    CHECK(admin.Put("/enrollments/a", EnrollmentJson("a"), etag).status == 200);
  });
  CHECK(admin.Put("/enrollments/a", EnrollmentJson("a"), etag).status == 412);
  store.BeforeNextCommit([&] { admin.Delete("/enrollments/a"); });
  CHECK(admin.Put("/enrollments/a", EnrollmentJson("a"), "*").status == 404);
}

TEST_CASE("decision: a limit holds though two groups are created at once") {
  FaultyStore store;
  OperatorAtWork admin(store);
  for (int i = 1; i < 256; ++i) {
    const std::string id = "g" + std::to_string(i);
    REQUIRE(admin.Put("/enrollmentGroups/" + id, GroupJson(id)).status == 200);
  }
  store.BeforeNextCommit([&] {
    CHECK(admin.Put("/enrollmentGroups/x", GroupJson("x")).status == 200);
  });
  CHECK(admin.Put("/enrollmentGroups/y", GroupJson("y")).status == 403);
}

TEST_CASE("decision: writers side by side lose nothing") {
  OperatorAtWork admin;
  const auto enroll = [&](const std::string& prefix) {
    for (int i = 0; i < 20; ++i) {
      const std::string id = prefix + std::to_string(i);
      CHECK(admin.Put("/enrollments/" + id, EnrollmentJson(id)).status == 200);
      CHECK(admin.Put("/enrollmentGroups/" + id, GroupJson(id)).status == 200);
    }
  };
  {
    const std::jthread one(enroll, "a");
    const std::jthread two(enroll, "b");
  }
  for (const char* path : {"/enrollments/query", "/enrollmentGroups/query"}) {
    const Response page = admin.Post(path, {{"x-ms-max-item-count", "41"}});
    CHECK(std::ranges::count(page.body, '[') == 1);
    std::size_t rows = 0;
    for (auto at = page.body.find("\"etag\""); at != std::string::npos;
         at = page.body.find("\"etag\"", at + 1)) {
      ++rows;
    }
    CHECK(rows == 40);
  }
}

TEST_CASE("decision: a failing store is not asked again, its cause is logged") {
  FaultyStore store;
  OperatorAtWork admin(store);
  store.FailCommits(Error{Errc::kUnavailable, "the disk is full"});
  const Response refused = admin.Put("/enrollments/a", EnrollmentJson("a"));
  CHECK(refused.status == 503);
  CHECK_FALSE(Holds(refused, "disk"));
  REQUIRE(admin.log.lines.size() == 1);
  CHECK(admin.log.lines[0].find("the disk is full") != std::string::npos);
  CHECK(admin.log.lines[0].find(Member(refused, "trackingId")) !=
        std::string::npos);
}

TEST_CASE("decision: races without end are given up") {
  FaultyStore store;
  OperatorAtWork admin(store);
  store.FailCommits(Error{Errc::kPreconditionFailed, "lost"});
  CHECK(admin.Put("/enrollments/a", EnrollmentJson("a")).status == 503);
}

}  // namespace dps
