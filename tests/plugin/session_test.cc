// SPDX-License-Identifier: Apache-2.0
#include "plugin/session.h"

#include <doctest/doctest.h>

#include "tests/support/session_of.h"

namespace dps {
namespace {

std::string KeyOf(std::string_view id) {
  return DeviceKey({.id_scope = TestScope(), .registration_id = Rid(id)});
}

}  // namespace

TEST_CASE("session: one is found by its handle and by its client id") {
  SessionTable table;
  const int one = 1;
  const int two = 2;
  table.Add(SessionOf(one, "dev-1", "dev-1"));
  table.Add(SessionOf(two, "dev-1", "dev-1/sub"));
  CHECK(table.size() == 2);
  CHECK(table.Find(&one)->client_id == "dev-1");
  CHECK(table.FindByClientId("dev-1/sub") == table.Find(&two));
  const int nobody = 3;
  CHECK(table.Find(&nobody) == nullptr);
  CHECK(table.FindByClientId("dev-2") == nullptr);
}

TEST_CASE("session: the newcomer of a client id is current, the old one not") {
  SessionTable table;
  const int one = 1;
  const int two = 2;
  table.Add(SessionOf(one, "dev-1", "dev-1"));
  CHECK(table.IsCurrent(*table.Find(&one)));
  table.Add(SessionOf(two, "dev-1", "dev-1"));
  CHECK_FALSE(table.IsCurrent(*table.Find(&one)));
  CHECK(table.IsCurrent(*table.Find(&two)));
}

TEST_CASE("session: the subscribed ones of a device, of no other, are found") {
  SessionTable table;
  const int connections[5] = {};
  table.Add(SessionOf(connections[0], "dev-1", "dev-1")).reply_qos = 0;
  table.Add(SessionOf(connections[1], "DEV-1", "dev-1/a")).reply_qos = 1;
  table.Add(SessionOf(connections[2], "dev-1", "dev-1/b"));
  table.Add(SessionOf(connections[3], "dev-2", "dev-2")).reply_qos = 1;
  table
      .Add(SessionOf(connections[4], "dev-1", "dev-1/c",
                     *IdScope::Parse("0neOTHER")))
      .reply_qos = 1;
  const auto subscribed = table.Subscribed(KeyOf("dev-1"));
  REQUIRE(subscribed.size() == 2);
  for (const Session* session : subscribed) {
    CHECK((session->handle == &connections[0] ||
           session->handle == &connections[1]));
  }
  CHECK(table.Subscribed(KeyOf("dev-3")).empty());
}

TEST_CASE("session: a removed one is handed out and found no more") {
  SessionTable table;
  const int one = 1;
  table.Add(SessionOf(one, "dev-1", "dev-1")).reply_qos = 1;
  const auto removed = table.Remove(&one);
  REQUIRE(removed);
  CHECK(removed->client_id == "dev-1");
  CHECK(table.size() == 0);
  CHECK(table.Find(&one) == nullptr);
  CHECK(table.FindByClientId("dev-1") == nullptr);
  CHECK(table.Subscribed(KeyOf("dev-1")).empty());
  CHECK_FALSE(table.Remove(&one));
}

TEST_CASE(
    "session: who takes a client id over keeps it when the old one goes") {
  SessionTable table;
  const int old = 1;
  const int young = 2;
  table.Add(SessionOf(old, "dev-1", "dev-1")).reply_qos = 1;
  table.Add(SessionOf(young, "dev-1", "dev-1")).reply_qos = 1;
  CHECK(table.FindByClientId("dev-1")->handle == &young);
  CHECK(table.Subscribed(KeyOf("dev-1")).size() == 2);
  table.Remove(&old);
  CHECK(table.FindByClientId("dev-1")->handle == &young);
  REQUIRE(table.Subscribed(KeyOf("dev-1")).size() == 1);
  CHECK(table.Subscribed(KeyOf("dev-1"))[0]->handle == &young);
}

TEST_CASE("session: a handle that comes again stands for the new one alone") {
  SessionTable table;
  const int handle = 1;
  table.Add(SessionOf(handle, "dev-1", "dev-1")).reply_qos = 1;
  table.Add(SessionOf(handle, "dev-2", "dev-2"));
  CHECK(table.size() == 1);
  CHECK(table.Find(&handle)->client_id == "dev-2");
  CHECK(table.FindByClientId("dev-1") == nullptr);
  CHECK(table.Subscribed(KeyOf("dev-1")).empty());
}

}  // namespace dps
