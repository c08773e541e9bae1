// SPDX-License-Identifier: Apache-2.0
// Devices are judged on several threads while enrollments change: the
// broker's thread and the writer's do so, each with a cache of its own.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "core/registration/select.h"
#include "core/registration/select_x509.h"
#include "core/store/lmdb_store.h"
#include "tests/support/certificate_forge.h"
#include "tests/support/fleet.h"
#include "tests/support/patience.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

constexpr int kJudges = 3;
constexpr int kVerdictsOfEach = 20;

EnrollmentGroup GroupWith(std::string_view id, const Certificate& ca,
                          ProvisioningStatus status) {
  EnrollmentGroup group = GroupOf(id);
  group.terms.attestation =
      X509Attestation{.kind = X509Attestation::Kind::kSigningCertificates,
                      .primary = Enroll(ca)};
  group.terms.provisioning_status = status;
  return group;
}

// A device below an enrolled root. By day the root is in an enabled group, by
// night in a disabled one, never in both and never in none.
struct World {
  World() {
    AddInstance(*store);
    Save(*store, day);
  }

  [[nodiscard]] Status Turn(bool to_night) {
    const EnrollmentGroup& old = to_night ? day : night;
    return store->Commit(
        {.changes = {
             Remove<EnrollmentGroup>{TestScope(), old.key(), Expect::Present()},
             Put<EnrollmentGroup>{TestScope(), to_night ? night : day,
                                  Expect::Absent()}}});
  }

  TempDir directory;
  std::unique_ptr<Store> store =
      *LmdbStore::Open({.directory = directory.File("store"), .create = true});
  Forged root = Forge(CaSpec("root"));
  Forged lower = Forge(CaSpec("lower", &root));
  Forged leaf = Forge(LeafSpec("dev-1", &lower));
  PresentedChain chain{.leaf = leaf.certificate, .others = {lower.certificate}};
  EnrollmentGroup day =
      GroupWith("day", root.certificate, ProvisioningStatus::kEnabled);
  EnrollmentGroup night =
      GroupWith("night", root.certificate, ProvisioningStatus::kDisabled);
};

// What one thread saw.
struct Judge {
  explicit Judge(World& of) : world(of) {}

  // A handshake, a CONNECT and a later request, as far as they are judged.
  [[nodiscard]] Status JudgeOnce() {
    const Moment moment{.now = kNoon, .rules = {}};
    DPS_TRY(const auto snapshot, world.store->Read());
    DPS_CHECK(AdmitCertificate(*snapshot, cache, world.chain, moment));
    DPS_TRY(ScopeConfig * config, cache.At(*snapshot, TestScope()));
    const Proof proof{TestScope(), Rid("dev-1"), world.chain};
    DPS_TRY(Selection selection,
            accepted ? SelectAgain(*snapshot, *config, proof, *accepted, moment)
                     : Select(*snapshot, *config, proof, moment));
    const bool by_day = selection.group->enrollment_group_id.text() == "day";
    const bool enabled =
        selection.terms().provisioning_status == ProvisioningStatus::kEnabled;
    if (by_day != enabled) return Fail(Errc::kInternal, "a mixed verdict");
    ++(by_day ? days : nights);
    accepted = selection.acceptance;
    return {};
  }
  void Run(const std::stop_token& stop) {
    while (result && !HasSeenEnough() && !stop.stop_requested()) {
      result = JudgeOnce();
    }
  }
  bool HasSeenEnough() const {
    return days >= kVerdictsOfEach && nights >= kVerdictsOfEach;
  }

  World& world;
  ConfigCache cache;
  std::optional<Acceptance> accepted;
  Status result;
  int days = 0;
  int nights = 0;
};

}  // namespace

TEST_CASE("select_threads: each verdict is of one state of the enrollments") {
  World world;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::vector<std::unique_ptr<Judge>> judges;
  std::atomic<int> running = kJudges;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kJudges; ++i) {
    Judge* judge = judges.emplace_back(std::make_unique<Judge>(world)).get();
    threads.emplace_back([judge, &running](const std::stop_token& stop) {
      judge->Run(stop);
      --running;
    });
  }
  bool to_night = true;
  while (running > 0 && std::chrono::steady_clock::now() < deadline) {
    REQUIRE(world.Turn(to_night));
    to_night = !to_night;
  }
  threads.clear();  // stops and joins them
  for (const auto& judge : judges) {
    CHECK_MESSAGE(judge->result, judge->result.error().message);
    CHECK(judge->HasSeenEnough());
  }
}

}  // namespace dps
