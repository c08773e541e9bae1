// SPDX-License-Identifier: Apache-2.0
#include "core/hub/dynamic_security.h"

#include <algorithm>
#include <array>
#include <limits>

namespace dps {
namespace {

// mosquitto 2.0 (dynamic-security, "ACL types").
constexpr std::array<std::string_view, 6> kAclTypes = {
    "publishClientSend", "publishClientReceive", "subscribeLiteral",
    "subscribePattern",  "unsubscribeLiteral",   "unsubscribePattern"};

JsonWriter Begin(std::string_view command) {
  JsonWriter json;
  json.StartObject().Member("command", command);
  return json;
}

std::string Named(std::string_view command, std::string_view kind,
                  std::string_view name) {
  return Begin(command).Member(kind, name).EndObject().Take();
}

std::string RoleCommand(std::string_view command, const DynsecRole& role) {
  JsonWriter json = Begin(command);
  json.Member("rolename", role.name)
      .Member("textname", role.text_name)
      .Member("textdescription", role.text_description);
  json.Key("acls").StartArray();
  for (const DynsecAcl& acl : role.acls) {
    json.StartObject()
        .Member("acltype", acl.type)
        .Member("topic", acl.topic)
        .Key("priority")
        .Int(acl.priority)
        .Key("allow")
        .Bool(acl.allow)
        .EndObject();
  }
  return json.EndArray().EndObject().Take();
}

std::string ClientCommand(std::string_view command, const DynsecClient& client,
                          std::string_view password) {
  JsonWriter json = Begin(command);
  json.Member("username", client.username)
      .MemberNonempty("password", password)
      .Member("textname", client.text_name)
      .Member("textdescription", client.text_description);
  json.Key("roles").StartArray();
  for (const std::string& role : client.roles) {
    json.StartObject().Member("rolename", role).EndObject();
  }
  return json.EndArray().EndObject().Take();
}

Result<DynsecAcl> ReadAcl(JsonView object) {
  if (!object.IsObject()) {
    return Fail(Errc::kInvalidArgument, "an ACL must be a JSON object");
  }
  DynsecAcl acl;
  DPS_TRY(acl.type, object.String("acltype"));
  DPS_TRY(acl.topic, object.String("topic"));
  DPS_TRY(const auto priority,
          object.OptionalInt("priority", std::numeric_limits<int>::min(),
                             std::numeric_limits<int>::max()));
  DPS_TRY(const auto allow, object.OptionalBool("allow"));
  acl.priority = static_cast<int>(priority.value_or(0));
  // The plugin's own default.
  acl.allow = allow.value_or(false);
  return acl;
}

Result<std::vector<DynsecAcl>> ReadAcls(JsonView object) {
  DPS_TRY(const auto array, object.OptionalArray("acls"));
  std::vector<DynsecAcl> acls;
  for (const JsonView entry : array) {
    DPS_TRY(DynsecAcl acl, ReadAcl(entry));
    acls.push_back(std::move(acl));
  }
  return acls;
}

Result<std::string> TextOrEmpty(JsonView object, std::string_view name) {
  DPS_TRY(std::optional<std::string> text, object.OptionalString(name));
  return std::move(text).value_or("");
}

Result<DynsecRole> ReadRole(JsonView object) {
  DynsecRole role;
  DPS_TRY(role.name, object.String("rolename"));
  DPS_TRY(role.text_name, TextOrEmpty(object, "textname"));
  DPS_TRY(role.text_description, TextOrEmpty(object, "textdescription"));
  DPS_TRY(role.acls, ReadAcls(object));
  return role;
}

Result<DynsecClient> ReadClient(JsonView object) {
  DynsecClient client;
  DPS_TRY(client.username, object.String("username"));
  DPS_TRY(client.text_name, TextOrEmpty(object, "textname"));
  DPS_TRY(client.text_description, TextOrEmpty(object, "textdescription"));
  DPS_TRY(const auto roles, object.OptionalArray("roles"));
  for (const JsonView entry : roles) {
    if (!entry.IsObject()) {
      return Fail(Errc::kInvalidArgument, "a role must be a JSON object");
    }
    DPS_TRY(std::string name, entry.String("rolename"));
    client.roles.push_back(std::move(name));
  }
  return client;
}

Result<DynsecAnswer> ReadAnswer(JsonView object) {
  DynsecAnswer answer;
  DPS_TRY(answer.error, TextOrEmpty(object, "error"));
  DPS_TRY(const auto data, object.OptionalObject("data"));
  if (!data) return answer;
  DPS_TRY(const auto role, data->OptionalObject("role"));
  if (role) {
    DPS_TRY(answer.role, ReadRole(*role));
  }
  DPS_TRY(const auto client, data->OptionalObject("client"));
  if (client) {
    DPS_TRY(answer.client, ReadClient(*client));
  }
  return answer;
}

std::string Correlation(std::string_view correlation, std::size_t index) {
  return std::string(correlation) + "-" + std::to_string(index);
}

// Those that bear our correlation, in the order of their commands.
Result<std::vector<DynsecAnswer>> ReadAnswers(JsonView root,
                                              std::string_view correlation) {
  DPS_TRY(const auto entries, root.OptionalArray("responses"));
  std::vector<DynsecAnswer> answers;
  for (const JsonView entry : entries) {
    if (!entry.IsObject()) {
      return Fail(Errc::kInvalidArgument, "a response must be a JSON object");
    }
    DPS_TRY(const std::string ours, TextOrEmpty(entry, "correlationData"));
    if (ours != Correlation(correlation, answers.size())) continue;
    DPS_TRY(DynsecAnswer answer, ReadAnswer(entry));
    answers.push_back(std::move(answer));
  }
  return answers;
}

tl::unexpected<Error> PluginNonsense(std::string_view why) {
  return Fail(Errc::kInternal,
              "the hub's dynamic-security plugin sent what makes no sense: " +
                  std::string(why));
}

}  // namespace

Result<std::vector<DynsecAcl>> ParseDynsecAcls(std::string_view json) {
  // The reader takes objects only.
  const std::string wrapped = "{\"acls\":" + std::string(json) + "}";
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(wrapped));
  DPS_TRY(auto acls, ReadAcls(document.root()));
  for (const DynsecAcl& acl : acls) {
    if (std::ranges::find(kAclTypes, acl.type) == kAclTypes.end()) {
      return Fail(Errc::kInvalidArgument,
                  "there is no acltype " + acl.type +
                      "; they are publishClientSend, publishClientReceive, "
                      "subscribeLiteral, subscribePattern, "
                      "unsubscribeLiteral, unsubscribePattern");
    }
  }
  return acls;
}

std::string CreateRoleCommand(const DynsecRole& role) {
  return RoleCommand("createRole", role);
}

std::string ModifyRoleCommand(const DynsecRole& role) {
  return RoleCommand("modifyRole", role);
}

std::string CreateClientCommand(const DynsecClient& client,
                                std::string_view password) {
  return ClientCommand("createClient", client, password);
}

std::string ModifyClientCommand(const DynsecClient& client,
                                std::string_view password) {
  return ClientCommand("modifyClient", client, password);
}

std::string GetRoleCommand(std::string_view name) {
  return Named("getRole", "rolename", name);
}

std::string DeleteRoleCommand(std::string_view name) {
  return Named("deleteRole", "rolename", name);
}

std::string GetClientCommand(std::string_view username) {
  return Named("getClient", "username", username);
}

std::string DeleteClientCommand(std::string_view username) {
  return Named("deleteClient", "username", username);
}

std::string GetDefaultAclAccessCommand() {
  return Begin("getDefaultACLAccess").EndObject().Take();
}

std::string DynsecRequest(const std::vector<std::string>& commands,
                          std::string_view correlation) {
  JsonWriter json;
  json.StartObject().Key("commands").StartArray();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    json.Raw(AddMember(commands[i], "correlationData",
                       "\"" + Correlation(correlation, i) + "\""));
  }
  return json.EndArray().EndObject().Take();
}

Result<std::optional<std::vector<DynsecAnswer>>> ParseDynsecAnswers(
    std::string_view text, std::string_view correlation, std::size_t count) {
  const auto document = JsonDocument::ParseObject(text);
  if (!document) return PluginNonsense(document.error().message);
  auto answers = ReadAnswers(document->root(), correlation);
  if (!answers) return PluginNonsense(answers.error().message);
  if (answers->empty()) return std::optional<std::vector<DynsecAnswer>>();
  if (answers->size() != count) return PluginNonsense("answers are missing");
  return std::optional(*std::move(answers));
}

}  // namespace dps
