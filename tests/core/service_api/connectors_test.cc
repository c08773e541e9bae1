// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/connectors.h"

#include <doctest/doctest.h>

#include "core/model/secret_context.h"
#include "tests/core/service_api/operator_at_work.h"
#include "tests/support/sample_documents.h"
#include "tests/support/temp_dir.h"

namespace dps {
namespace {

std::string HubJson(const std::string& connector) {
  return R"({"name":"c.example","connector":)" + connector + "}";
}

std::string Mosquitto(const std::string& more = "") {
  return R"({"type":"mosquitto","url":"mqtts://c.example")" + more + "}";
}

// That member, to be added to others.
std::string Password(const std::string& text) {
  return R"(,"password":")" + text + '"';
}

Response PutHub(OperatorAtWork& admin, const std::string& connector,
                const std::string& if_match = "") {
  return admin.Put("/linkedHubs/c.example", HubJson(connector), if_match);
}

StoredSecret Stored(OperatorAtWork& admin) {
  const auto hubs = (*admin.memory().Read())->ListLinkedHubs(admin.scope);
  for (LinkedHub hub : *hubs) {
    if (hub.name.text() == "c.example") return *SecretOf(hub.connector);
  }
  return {};
}

std::string Opened(OperatorAtWork& admin) {
  const auto opened = admin.secrets.Open(
      Stored(admin).text,
      SecretContext(admin.scope, *HubName::Parse("c.example")));
  REQUIRE(opened);
  return std::string(opened->Reveal());
}

}  // namespace

TEST_CASE("connectors: a secret is stored sealed and never shown again") {
  OperatorAtWork admin;
  const Response put = PutHub(admin, Mosquitto(Password("hunter2")));
  REQUIRE(put.status == 200);
  CHECK(Holds(put, Password("(sealed)")));
  for (const Response& shown :
       {put, admin.Get("/linkedHubs/c.example"), admin.Get("/linkedHubs")}) {
    CHECK_FALSE(Holds(shown, "hunter2"));
    CHECK_FALSE(Holds(shown, "sealed:"));
  }
  CHECK(Stored(admin).text.starts_with("sealed:v1:"));
  CHECK(Opened(admin) == "hunter2");
}

TEST_CASE("connectors: a secret can be marked as one, whatever it looks like") {
  OperatorAtWork admin;
  PutHub(admin, Mosquitto(Password("plain:file:/x")));
  CHECK(Opened(admin) == "file:/x");
}

TEST_CASE("connectors: a reference is stored and shown as it is") {
  OperatorAtWork admin;
  for (const char* reference : {"file:/etc/hub.secret", "env:HUB_SECRET"}) {
    const Response put =
        PutHub(admin, Mosquitto(Password(reference)),
               admin.Get("/linkedHubs/c.example").status == 200 ? "*" : "");
    CHECK(Member(put, "name") == "c.example");
    CHECK(Holds(put, reference));
    CHECK(Stored(admin).text == reference);
  }
}

TEST_CASE("connectors: what was shown as sealed keeps the stored secret") {
  OperatorAtWork admin;
  PutHub(admin, Mosquitto(Password("hunter2")));
  const Response changed = PutHub(
      admin, Mosquitto(R"(,"username":"dps")" + Password("(sealed)")), "*");
  CHECK(changed.status == 200);
  CHECK(Holds(changed, R"("username":"dps")"));
  CHECK(Opened(admin) == "hunter2");
  PutHub(admin, Mosquitto(Password("new")), "*");
  CHECK(Opened(admin) == "new");
  PutHub(admin, Mosquitto(), "*");
  CHECK(Stored(admin).empty());
}

TEST_CASE("connectors: there must be a secret of that type to be kept") {
  OperatorAtWork admin;
  CHECK(PutHub(admin, Mosquitto(Password("(sealed)"))).status == 400);
  PutHub(admin, Mosquitto(Password("hunter2")));
  const Response other =
      PutHub(admin,
             std::string(R"({"type":"iothub","connectionString":")") +
                 std::string(kKeptSecret) + "\"}",
             "*");
  CHECK(other.status == 400);
  CHECK(Message(other).find("give it anew") != std::string::npos);
  PutHub(admin, Mosquitto(), "*");
  CHECK(PutHub(admin, Mosquitto(Password("(sealed)")), "*").status == 400);
}

TEST_CASE("connectors: a kept secret goes to no other address") {
  OperatorAtWork admin;
  const auto put = [&](const std::string& url, const std::string& secret) {
    return PutHub(
        admin,
        R"({"type":"mosquitto","url":")" + url + '"' + Password(secret) + "}",
        admin.Get("/linkedHubs/c.example").status == 200 ? "*" : "");
  };
  REQUIRE(put("mqtts://c.example", "hunter2").status == 200);
  for (const char* url : {"mqtt://c.example:8883", "mqtts://c.example:8884",
                          "mqtts://d.example", "mqtts://c.example.evil"}) {
    CAPTURE(url);
    const Response refused = put(url, "(sealed)");
    CHECK(refused.status == 400);
    CHECK(Holds(refused, "give it anew"));
    CHECK(Holds(refused, "mqtts://c.example:8883"));
  }
  CHECK(Opened(admin) == "hunter2");
  // The same address, worded in another way.
  CHECK(put("mqtts://C.example:8883", "(sealed)").status == 200);
  CHECK(Opened(admin) == "hunter2");
  CHECK(put("mqtts://d.example", "env:D").status == 200);
  CHECK(put("mqtts://e.example", "new").status == 200);
  CHECK(Opened(admin) == "new");
}

TEST_CASE("connectors: a kept key signs for no other server") {
  OperatorAtWork admin;
  const auto put = [&](const std::string& url, const std::string& key) {
    return PutHub(
        admin,
        R"({"type":"webhook","url":")" + url + R"(","key":")" + key + "\"}",
        admin.Get("/linkedHubs/c.example").status == 200 ? "*" : "");
  };
  REQUIRE(put("https://c.example/a", kKeyA).status == 200);
  for (const char* url : {"http://c.example:443/a", "https://c.example:444/a",
                          "https://c.example.evil/a"}) {
    CAPTURE(url);
    CHECK(Holds(put(url, "(sealed)"), "give it anew"));
  }
  CHECK(put("https://C.example:443/b?x=1", "(sealed)").status == 200);
  CHECK(Opened(admin) == kKeyA);
}

TEST_CASE("connectors: nobody brings a sealed secret along") {
  OperatorAtWork admin;
  PutHub(admin, Mosquitto(Password("hunter2")));
  const std::string sealed = Stored(admin).text;
  CHECK(
      admin
          .Put("/linkedHubs/d.example", R"({"name":"d.example","connector":)" +
                                            Mosquitto(Password(sealed)) + "}")
          .status == 400);
}

TEST_CASE("connectors: a secret copied to another hub does not open there") {
  OperatorAtWork admin;
  PutHub(admin, Mosquitto(Password("hunter2")));
  for (const auto& [scope, hub] :
       {std::pair{"0neTEST", "d.example"}, {"0neOTHER", "c.example"}}) {
    CHECK_FALSE(admin.secrets.Open(
        Stored(admin).text, SecretContext(Scope(scope), *HubName::Parse(hub))));
  }
}

TEST_CASE("connectors: an empty secret and an unusable key file are refused") {
  OperatorAtWork admin;
  CHECK(PutHub(admin, Mosquitto(Password("plain:"))).status == 400);
  admin.directory.Write("secrets.key", "short");
  const Response put = PutHub(admin, Mosquitto(Password("hunter2")));
  CHECK(put.status == 503);
  CHECK_FALSE(Holds(put, "secrets.key"));
  REQUIRE(admin.log.lines.size() == 1);
  CHECK(admin.log.lines[0].find("secrets.key") != std::string::npos);
  CHECK(admin.log.lines[0].find("hunter2") == std::string::npos);
  CHECK(admin.Get("/linkedHubs/c.example").status == 404);
}

TEST_CASE("connectors: settings that can be meant are taken") {
  for (const std::string& connector : {
           std::string(R"({"type":"none"})"),
           Mosquitto(),
           std::string(R"({"type":"mosquitto","url":"mqtt://10.0.0.1:1884"})"),
           std::string(R"({"type":"mosquitto","url":"mqtts://[::1]:8883"})"),
           Mosquitto(R"(,"caFile":"/a","certificateFile":"/b","keyFile":"/c")"),
           Mosquitto(R"(,"role":"device","twinTopic":"t/{deviceId}/x")"),
           Mosquitto(R"(,"roleTemplate":"[{\"acltype\":\"publishClientSend\",)"
                     R"(\"topic\":\"d/{deviceId}/#\",\"allow\":true}]")"),
           R"({"type":"iothub","connectionString":"HostName=h.x;)"
           R"(SharedAccessKeyName=n;SharedAccessKey=)" +
               kKeyA + "\"}",
           std::string(R"({"type":"iothub","connectionString":"file:/x"})"),
           std::string(R"({"type":"webhook","url":"https://x/y?z=1"})"),
           R"({"type":"webhook","url":"https://x","key":")" + kKeyA + "\"}",
       }) {
    CAPTURE(connector);
    OperatorAtWork admin;
    CHECK(PutHub(admin, connector).status == 200);
  }
}

TEST_CASE("connectors: settings that cannot be meant are refused") {
  OperatorAtWork admin;
  for (const std::string& connector : {
           std::string(R"({"type":"kafka"})"),
           std::string(R"({})"),
           std::string(R"({"type":"mosquitto"})"),
           std::string(R"({"type":"mosquitto","url":"http://x"})"),
           std::string(R"({"type":"mosquitto","url":"mqtt://"})"),
           std::string(R"({"type":"mosquitto","url":"mqtt://u:p@x"})"),
           std::string(R"({"type":"mosquitto","url":"mqtt://x/path"})"),
           std::string(R"({"type":"mosquitto","url":"mqtt://x:99999"})"),
           std::string(R"({"type":"mosquitto","url":"x.example"})"),
           Mosquitto(Password("file:relative")),
           Mosquitto(Password("file:")),
           Mosquitto(Password("env:")),
           Mosquitto(R"(,"twinTopic":"twins")"),
           Mosquitto(R"(,"twinTopic":"{deviceId}/#")"),
           Mosquitto(R"(,"noticeTopic":"a\u0000{deviceId}")"),
           Mosquitto(R"(,"caFile":"relative.pem")"),
           Mosquitto(R"(,"keyFile":"/only")"),
           Mosquitto(R"(,"roleTemplate":"{}")"),
           Mosquitto(R"(,"roleTemplate":"[1]")"),
           Mosquitto(R"(,"roleTemplate":"[{\"topic\":\"x\"}]")"),
           Mosquitto(R"(,"roleTemplate":"[]}, {\"a\":[")"),
           std::string(R"({"type":"iothub"})"),
           std::string(R"({"type":"iothub","connectionString":"x"})"),
           std::string(R"({"type":"iothub","connectionString":"HostName=h;)"
                       R"(SharedAccessKeyName=n;SharedAccessKey="})"),
           std::string(R"({"type":"webhook","url":"ftp://x"})"),
           std::string(R"({"type":"webhook","url":"https://x","key":"a2V5"})"),
           std::string(R"({"type":"webhook","url":"https://x","key":"!"})"),
           std::string(R"({"type":"webhook","url":"https://x","role":"r"})"),
       }) {
    CAPTURE(connector);
    CHECK(PutHub(admin, connector).status == 400);
  }
}

TEST_CASE("connectors: from afar no file of the machine is named anew") {
  OperatorAtWork admin;
  const std::string with_file = Mosquitto(Password("file:/etc/hub.secret") +
                                          R"(,"caFile":"/etc/ca.pem")");
  admin.caller.is_local = false;
  for (const std::string& connector :
       {with_file, Mosquitto(Password("env:HUB_SECRET")),
        Mosquitto(Password("x") + R"(,"caFile":"/etc/shadow")"),
        std::string(R"({"type":"iothub","connectionString":"file:/x"})"),
        std::string(R"({"type":"webhook","url":"https://a.example/",)"
                    R"("key":"file:/etc/key"})")}) {
    CHECK(PutHub(admin, connector).status == 403);
  }
  CHECK(PutHub(admin, Mosquitto(Password("hunter2"))).status == 200);
  CHECK(PutHub(admin, with_file, "*").status == 403);
  admin.caller.is_local = true;
  REQUIRE(PutHub(admin, with_file, "*").status == 200);
  admin.caller.is_local = false;
  // What is there may stay, but goes to no other server.
  CHECK(PutHub(admin, with_file, "*").status == 200);
  std::string elsewhere = with_file;
  elsewhere.replace(elsewhere.find("c.example"), 9, "x.example");
  CHECK(PutHub(admin, elsewhere, "*").status == 403);
  CHECK(
      PutHub(admin, Mosquitto(Password("file:/etc/hub.secret")), "*").status ==
      200);
  CHECK(PutHub(admin, with_file, "*").status == 403);
}

}  // namespace dps
