// SPDX-License-Identifier: Apache-2.0
// The commands of Mosquitto's dynamic-security plugin as JSON, and its
// answers. Pure and thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"

namespace dps {

inline constexpr std::string_view kDynsecTopic = "$CONTROL/dynamic-security/v1";
inline constexpr std::string_view kDynsecAnswerTopic =
    "$CONTROL/dynamic-security/v1/response";

struct DynsecAcl {
  std::string type;   // publishClientSend, subscribeLiteral, ...
  std::string topic;  // a filter
  int priority = 0;
  bool allow = true;

  friend auto operator<=>(const DynsecAcl&, const DynsecAcl&) = default;
};

struct DynsecRole {
  std::string name;
  std::string text_name;
  std::string text_description;
  std::vector<DynsecAcl> acls;
};

struct DynsecClient {
  std::string username;
  std::string text_name;
  std::string text_description;
  std::vector<std::string> roles;
};

// JSON array of ACLs as createRole takes them. Errors: kInvalidArgument: not
// such an array, an unknown acltype, a member of the wrong type.
[[nodiscard]] Result<std::vector<DynsecAcl>> ParseDynsecAcls(
    std::string_view json);

// Commands: JSON objects without correlationData. Of what is written, all
// members of the structs. `password`: empty = createClient makes a client
// without one, modifyClient leaves the one it has.
std::string CreateRoleCommand(const DynsecRole& role);
std::string ModifyRoleCommand(const DynsecRole& role);
std::string CreateClientCommand(const DynsecClient& client,
                                std::string_view password);
std::string ModifyClientCommand(const DynsecClient& client,
                                std::string_view password);
std::string GetRoleCommand(std::string_view name);
std::string DeleteRoleCommand(std::string_view name);
std::string GetClientCommand(std::string_view username);
std::string DeleteClientCommand(std::string_view username);
std::string GetDefaultAclAccessCommand();

// All in one message, which the plugin carries out without a pause.
std::string DynsecRequest(const std::vector<std::string>& commands,
                          std::string_view correlation);

// The answer to one command: `error` as the plugin words it, empty = done.
struct DynsecAnswer {
  std::string error;
  std::optional<DynsecRole> role;      // of getRole
  std::optional<DynsecClient> client;  // of getClient

  bool missing() const {
    return error == "Role not found" || error == "Client not found";
  }
};

// The answers to a request of `count` commands, in their order; nullopt: the
// text answers another request. Errors: kInternal: it is not what the plugin
// sends.
[[nodiscard]] Result<std::optional<std::vector<DynsecAnswer>>>
ParseDynsecAnswers(std::string_view text, std::string_view correlation,
                   std::size_t count);

}  // namespace dps
