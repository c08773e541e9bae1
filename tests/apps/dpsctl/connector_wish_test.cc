// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/connector_wish.h"

#include <doctest/doctest.h>

#include "tests/support/sample_documents.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

LinkedHub Applied(const Arguments& arguments, LinkedHub hub) {
  const auto wish = ReadConnectorWish(arguments);
  REQUIRE(wish);
  REQUIRE(ApplyConnector(*wish, hub));
  return hub;
}

Arguments Webhook(const std::string& key) {
  Arguments arguments;
  arguments.connector = "webhook";
  arguments.connector_url = "http://x";
  arguments.connector_key = key;
  return arguments;
}

std::string WebhookKeyOf(const LinkedHub& hub) {
  return std::get<WebhookConnectorSettings>(hub.connector).key.text;
}

}  // namespace

TEST_CASE("connector_wish: without options a connector stays as it is") {
  const LinkedHub hub = Applied(Webhook("k"), HubDocument("hub.example"));
  CHECK(Applied({}, hub) == hub);
}

TEST_CASE("connector_wish: an option changes its member and no other") {
  const LinkedHub hub = Applied(Webhook("k"), HubDocument("hub.example"));
  Arguments arguments;
  arguments.ca_file = "/ca.pem";
  const auto changed =
      std::get<WebhookConnectorSettings>(Applied(arguments, hub).connector);
  CHECK(changed.ca_file == "/ca.pem");
  CHECK(changed.url == "http://x");
  CHECK(changed.key.text == "plain:k");
  arguments.ca_file = "";
  CHECK(Applied(arguments, hub) == hub);
}

TEST_CASE("connector_wish: another type starts from nothing") {
  const LinkedHub hub = Applied(Webhook("k"), HubDocument("hub.example"));
  Arguments arguments;
  arguments.connector = "mosquitto";
  arguments.connector_url = "mqtt://y";
  const auto changed =
      std::get<MosquittoConnectorSettings>(Applied(arguments, hub).connector);
  CHECK(changed.url == "mqtt://y");
  CHECK(changed.password.empty());
}

TEST_CASE("connector_wish: a secret is one, or says where it is") {
  const TempDir temp;
  const LinkedHub hub = HubDocument("hub.example");
  CHECK(WebhookKeyOf(Applied(Webhook("k"), hub)) == "plain:k");
  CHECK(WebhookKeyOf(Applied(Webhook("env:K"), hub)) == "env:K");
  CHECK(WebhookKeyOf(Applied(Webhook("file:/a/../b"), hub)) == "file:/b");
  CHECK(WebhookKeyOf(Applied(Webhook("file:b"), hub)).starts_with("file:/"));
  for (const char* end : {"", "\n", "\r\n"}) {
    const std::string file =
        temp.Write("key", std::string("env:NOT_MEANT") + end);
    CHECK(WebhookKeyOf(Applied(Webhook("@" + file), hub)) ==
          "plain:env:NOT_MEANT");
  }
  CHECK_FALSE(ReadConnectorWish(Webhook("@" + temp.File("none"))));
}

TEST_CASE("connector_wish: a file of the broker's is named by its whole path") {
  Arguments arguments = Webhook("k");
  arguments.ca_file = "ca.pem";
  const auto hub = Applied(arguments, HubDocument("hub.example"));
  CHECK(std::get<WebhookConnectorSettings>(hub.connector)
            .ca_file.starts_with('/'));
}

TEST_CASE("connector_wish: an option of another type is named") {
  LinkedHub hub = HubDocument("hub.example");
  Arguments arguments = Webhook("k");
  arguments.twin_topic = "t/{deviceId}";
  const auto wish = ReadConnectorWish(arguments);
  REQUIRE(wish);
  const Status applied = ApplyConnector(*wish, hub);
  REQUIRE_FALSE(applied);
  CHECK(applied.error().message.starts_with("--twin-topic is not for"));
}

TEST_CASE("connector_wish: a secret does not go along to another address") {
  for (const char* key : {"k", "file:/k", "env:K", "(sealed)"}) {
    CAPTURE(key);
    LinkedHub hub = Applied(Webhook(key), HubDocument("hub.example"));
    Arguments arguments;
    arguments.connector_url = "http://x/path";
    CHECK(Applied(arguments, hub) != hub);
    arguments.connector_url = "https://x";
    const LinkedHub before = hub;
    const Status applied = ApplyConnector(*ReadConnectorWish(arguments), hub);
    REQUIRE_FALSE(applied);
    CHECK(applied.error().message ==
          "--connector-key must come along: the secret that is stored is for "
          "http://x:80, not for https://x:443");
    CHECK(hub == before);
    arguments.connector_key = "env:K";
    CHECK(WebhookKeyOf(Applied(arguments, hub)) == "env:K");
    arguments.connector_key = "";
    CHECK(WebhookKeyOf(Applied(arguments, hub)) == "");
  }
}

}  // namespace dps
