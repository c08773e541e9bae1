// SPDX-License-Identifier: Apache-2.0
#include "core/hub/make_connector.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/sample_documents.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

struct ConnectorRig {
  Result<std::unique_ptr<HubConnector>> Make(ConnectorSettings connector) {
    LinkedHub hub = HubDocument("hub.example");
    hub.connector = std::move(connector);
    return MakeConnector(
        {.secrets = secrets, .http = http, .clock = clock, .timeout = {}},
        Scope("0neTEST"), hub, {});
  }

  TempDir directory;
  SecretBox secrets{directory.path()};
  FakeHttpClient http;
  FakeClock clock;
};

}  // namespace

TEST_CASE("make_connector: a credential that cannot be had is our mistake") {
  ConnectorRig rig;
  const std::string none = "file:" + rig.directory.File("none");
  for (const std::string& secret :
       {none, std::string("env:DPS_NO_SUCH_VARIABLE"),
        std::string("sealed:v1:AAAA"), std::string("nonsense")}) {
    CAPTURE(secret);
    for (const ConnectorSettings& settings :
         {ConnectorSettings(MosquittoConnectorSettings{
              .url = "mqtt://hub.example", .password = {secret}}),
          ConnectorSettings(
              IotHubConnectorSettings{.connection_string = {secret}}),
          ConnectorSettings(WebhookConnectorSettings{
              .url = "https://hub.example", .key = {secret}})}) {
      const auto made = rig.Make(settings);
      REQUIRE_FALSE(made);
      CHECK(made.error().code == Errc::kInvalidArgument);
      CHECK(made.error().message.starts_with("the credential of the hub's"));
    }
  }
}

TEST_CASE("make_connector: a mended credential counts at once") {
  ConnectorRig rig;
  const MosquittoConnectorSettings settings{
      .url = "mqtt://hub.example",
      .password = {"file:" + rig.directory.File("password")}};
  CHECK_FALSE(rig.Make(settings));
  rig.directory.Write("password", "hunter2\n");
  CHECK(rig.Make(settings));
}

}  // namespace dps
