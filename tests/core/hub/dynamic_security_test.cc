// SPDX-License-Identifier: Apache-2.0
#include "core/hub/dynamic_security.h"

#include <doctest/doctest.h>

namespace dps {

TEST_CASE("dynamic_security: commands travel together, each with its number") {
  CHECK(DynsecRequest({GetRoleCommand("r"), DeleteClientCommand("u\"")}, "c") ==
        R"({"commands":[{"command":"getRole","rolename":"r",)"
        R"("correlationData":"c-0"},{"command":"deleteClient",)"
        R"("username":"u\"","correlationData":"c-1"}]})");
}

TEST_CASE("dynamic_security: a client without a password is made without one") {
  const DynsecClient client{.username = "u",
                            .text_name = "n",
                            .text_description = "d",
                            .roles = {"r"}};
  CHECK(CreateClientCommand(client, "") ==
        R"({"command":"createClient","username":"u","textname":"n",)"
        R"("textdescription":"d","roles":[{"rolename":"r"}]})");
  CHECK(ModifyClientCommand(client, "p").find(R"("password":"p")") !=
        std::string::npos);
}

TEST_CASE("dynamic_security: answers are read in the order of the commands") {
  const auto answers = ParseDynsecAnswers(
      R"({"responses":[
        {"command":"getRole","correlationData":"c-0","data":{"role":{
          "rolename":"r","textname":"t","acls":[{"acltype":"publishClientSend",
          "topic":"a/#","priority":3,"allow":true}]}}},
        {"command":"getClient","correlationData":"c-1",
         "error":"Client not found"},
        {"command":"getClient","correlationData":"c-2","data":{"client":{
          "username":"u","disabled":true,"roles":[{"rolename":"r"}],
          "groups":[]}}}]})",
      "c", 3);
  REQUIRE(answers.has_value());
  REQUIRE(answers->has_value());
  const auto& [role, missing, client] =
      std::tie((**answers)[0], (**answers)[1], (**answers)[2]);
  CHECK(role.role->acls == std::vector<DynsecAcl>{{.type = "publishClientSend",
                                                   .topic = "a/#",
                                                   .priority = 3,
                                                   .allow = true}});
  CHECK(missing.missing());
  CHECK_FALSE(missing.client.has_value());
  CHECK(client.client->roles == std::vector<std::string>{"r"});
}

TEST_CASE("dynamic_security: answers to others are nobody's business") {
  const auto answers = ParseDynsecAnswers(
      R"({"responses":[{"command":"getRole","correlationData":"d-0"},
                       {"command":"getRole"}]})",
      "c", 1);
  REQUIRE(answers.has_value());
  CHECK_FALSE(answers->has_value());
}

TEST_CASE("dynamic_security: what makes no sense is Internal") {
  for (const std::string_view text :
       {"", "[]", "<html>", R"({"responses":{}})", R"({"responses":[7]})",
        R"({"responses":[{"correlationData":"c-0"}]})",
        R"({"responses":[{"correlationData":"c-0","error":7}]})",
        R"({"responses":[{"correlationData":"c-0","data":{"role":{}}}]})"}) {
    CAPTURE(text);
    const auto answers = ParseDynsecAnswers(text, "c", 2);
    REQUIRE_FALSE(answers.has_value());
    CHECK(answers.error().code == Errc::kInternal);
  }
}

}  // namespace dps
