// SPDX-License-Identifier: Apache-2.0
#include "core/registration/config_cache.h"

#include <doctest/doctest.h>

#include "core/store/memory_store.h"
#include "tests/support/fleet.h"

namespace dps {
namespace {

struct CacheRig {
  CacheRig() {
    AddInstance(store);
    Save(store, GroupOf("fleet"));
  }

  // The scope as it is now.
  const ScopeConfig& Now(const IdScope& scope = TestScope()) {
    snapshot = *store.Read();
    const auto config = cache.At(*snapshot, scope);
    REQUIRE(config);
    return **config;
  }

  MemoryStore store;
  ConfigCache cache;
  std::unique_ptr<Snapshot> snapshot;
};

}  // namespace

TEST_CASE("config_cache: a scope comes with instance, hubs and groups") {
  CacheRig rig;
  Save(rig.store, GroupOf("a-first"));
  const ScopeConfig& config = rig.Now();
  CHECK(config.version == *rig.snapshot->ConfigVersion(TestScope()));
  CHECK(config.instance.id_scope == TestScope());
  REQUIRE(config.linked_hubs.entries().size() == 2);
  CHECK(config.linked_hubs.entries()[0].name().text() == kHub1);
  REQUIRE(config.symmetric_key_groups.size() == 2);
  CHECK(config.symmetric_key_groups[0]->enrollment_group_id.text() ==
        "a-first");
  CHECK(config.symmetric_key_groups[1]->enrollment_group_id.text() == "fleet");
}

TEST_CASE("config_cache: an unknown scope is Unauthenticated, and named") {
  CacheRig rig;
  const auto snapshot = *rig.store.Read();
  const auto config = rig.cache.At(*snapshot, *IdScope::Parse("0neOTHER"));
  REQUIRE_FALSE(config);
  CHECK(config.error().code == Errc::kUnauthenticated);
  CHECK(config.error().message == "unknown ID scope 0neOTHER");
}

TEST_CASE("config_cache: a change is seen at once, an old snapshot the old") {
  CacheRig rig;
  CHECK(rig.Now().linked_hubs.entries().size() == 2);
  const auto before = *rig.store.Read();
  RemoveHub(rig.store, kHub1);
  CHECK(rig.Now().linked_hubs.entries().size() == 1);
  CHECK((*rig.cache.At(*before, TestScope()))->linked_hubs.entries().size() ==
        2);
  CHECK(rig.Now().linked_hubs.entries().size() == 1);
}

TEST_CASE("config_cache: nothing is parsed again until the scope changes") {
  CacheRig rig;
  const SharedGroup* groups = rig.Now().symmetric_key_groups.data();
  REQUIRE(rig.store.Commit(
      {.changes = {Put<RegistrationRecord>{TestScope(),
                                           {.registration_id = Rid("dev-1")},
                                           Expect::Absent()}}}));
  AddInstance(rig.store, *IdScope::Parse("0neOTHER"));
  CHECK(rig.Now().symmetric_key_groups.data() == groups);
  AddHub(rig.store, kHub1, 7);
  CHECK(rig.Now().linked_hubs.entries()[0].hub.allocation_weight == 7);
}

TEST_CASE("config_cache: scopes are kept side by side") {
  CacheRig rig;
  const IdScope other = *IdScope::Parse("0neOTHER");
  AddInstance(rig.store, other);
  const ScopeConfig& config = rig.Now();
  CHECK(rig.Now(other).linked_hubs.entries().empty());
  CHECK(rig.Now(other).instance.id_scope == other);
  CHECK(config.linked_hubs.entries().size() == 2);
}

}  // namespace dps
