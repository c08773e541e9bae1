// SPDX-License-Identifier: Apache-2.0
// Shared access policies: who may use the service API over the network.
#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"
#include "core/model/access_policy.h"

namespace dps {
namespace {

std::vector<Column> PolicyColumns(Secrets secrets = Secrets::kHide) {
  std::vector<Column> columns = {"keyName", "rights"};
  if (secrets == Secrets::kShow) {
    columns.insert(columns.end(), {"primaryKey", "secondaryKey"});
  }
  columns.emplace_back("lastUpdatedDateTimeUtc");
  return columns;
}

std::string NameOf(const Arguments& arguments) {
  return arguments.policy_name.value_or(std::string(kOwnerPolicy));
}

std::string PolicyPath(const Arguments& arguments) {
  return PathOf("accessPolicies", NameOf(arguments));
}

std::string RightsText(const std::vector<std::string>& rights) {
  std::string text;
  for (const std::string& right : rights) {
    text += (text.empty() ? "" : " ") + right;
  }
  return text;
}

// What the operator says, over what is there already.
std::string WishJson(const Arguments& arguments, const AccessPolicy* stored) {
  JsonWriter json;
  json.StartObject();
  if (arguments.rights) {
    json.Member("rights", RightsText(*arguments.rights));
  } else if (stored != nullptr) {
    json.Member("rights", stored->rights.Text());
  }
  if (arguments.primary_key) json.Member("primaryKey", *arguments.primary_key);
  if (arguments.secondary_key) {
    json.Member("secondaryKey", *arguments.secondary_key);
  }
  return json.EndObject().Take();
}

Status CreatePolicy(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response created,
          service->Send("PUT", PolicyPath(arguments), {},
                        WishJson(arguments, nullptr)));
  return Print(arguments, created.body, PolicyColumns());
}

Status ListPolicies(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response listed, service->Send("GET", "/accessPolicies"));
  return Print(arguments, listed.body, PolicyColumns());
}

Status ShowPolicy(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  if (!arguments.show_keys) {
    DPS_TRY(const Response shown, service->Send("GET", PolicyPath(arguments)));
    return Print(arguments, shown.body, PolicyColumns());
  }
  DPS_TRY(const Response shown,
          service->Send("POST", PolicyPath(arguments) + "/listKeys"));
  return Print(arguments, shown.body, PolicyColumns(Secrets::kShow));
}

Status UpdatePolicy(const Arguments& arguments) {
  const auto change = [&](const std::string& body) -> Service::Changed {
    DPS_TRY(const AccessPolicy stored, ParseAccessPolicy(body));
    AccessRights wished = stored.rights;
    if (arguments.rights) {
      DPS_TRY(wished, AccessRights::Parse(RightsText(*arguments.rights)));
    }
    // Keys are not shown here, so nobody can say that they are the same.
    if (wished == stored.rights && !arguments.primary_key &&
        !arguments.secondary_key) {
      return std::nullopt;
    }
    return WishJson(arguments, &stored);
  };
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_CHECK(service->Update(PolicyPath(arguments), arguments.etag, change));
  DPS_TRY(const Response shown, service->Send("GET", PolicyPath(arguments)));
  return Print(arguments, shown.body, PolicyColumns());
}

Status RollKey(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  JsonWriter body;
  body.StartObject().Member("key", *arguments.key_slot).EndObject();
  DPS_TRY(
      const Response rolled,
      service->Send("POST", PolicyPath(arguments) + "/rollKey",
                    {{"If-Match", arguments.etag.value_or("*")}}, body.Take()));
  return Print(arguments, rolled.body, PolicyColumns(Secrets::kShow));
}

Status DeletePolicy(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  return service->Delete(PolicyPath(arguments), arguments.etag);
}

Result<std::string> HostOf(const Arguments& arguments, Service& service) {
  if (arguments.host_name) return *arguments.host_name;
  DPS_TRY(const std::string name, service.PickInstance(arguments));
  DPS_TRY(const Response shown, service.Send("GET", PathOf("instances", name)));
  DPS_TRY(const JsonDocument instance, JsonDocument::ParseObject(shown.body));
  DPS_TRY(const auto host,
          instance.root().OptionalString("serviceOperationsHostName"));
  if (host && !host->empty()) return *host;
  return Fail(Errc::kInvalidArgument,
              "instance " + name +
                  " has no host name yet: give --host-name, or have it kept by "
                  "`dpsctl instance update --service-host-name HOST`");
}

Status ShowConnectionString(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const std::string host, HostOf(arguments, *service));
  DPS_TRY(const Response keys,
          service->Send("POST", PolicyPath(arguments) + "/listKeys"));
  DPS_TRY(const JsonDocument policy, JsonDocument::ParseObject(keys.body));
  DPS_TRY(const std::string name, policy.root().String("keyName"));
  DPS_TRY(const std::string key,
          policy.root().String(arguments.key_slot.value_or("primary") + "Key"));
  const std::string text = "HostName=" + host + ";SharedAccessKeyName=" + name +
                           ";SharedAccessKey=" + key;
  if (arguments.output == "table") return PrintText(arguments, text);
  JsonWriter json;
  json.StartObject().Member("connectionString", text).EndObject();
  return Print(arguments, json.Take(), {});
}

}  // namespace

std::vector<Command> PolicyCommands() {
  return {
      {"policy",
       "create",
       "Let others use the service API with these rights; the answer shows "
       "their keys",
       "dpsctl policy create --policy-name reader --rights EnrollmentRead "
       "RegistrationStatusRead\n",
       {option::PolicyName, option::RightsRequired, option::PolicyKeys},
       CreatePolicy},
      {"policy",
       "list",
       "List the access policies",
       "dpsctl policy list --output table\n",
       {},
       ListPolicies},
      {"policy",
       "show",
       "Show an access policy",
       "dpsctl policy show --policy-name reader\n"
       "dpsctl policy show --policy-name provisioningserviceowner "
       "--show-keys\n",
       {option::PolicyName, option::ShowKeys},
       ShowPolicy},
      {"policy",
       "update",
       "Change the rights or keys of an access policy",
       "dpsctl policy update --policy-name reader --rights EnrollmentRead\n",
       {option::PolicyName, option::Rights, option::PolicyKeys, option::Etag},
       UpdatePolicy},
      {"policy",
       "roll-key",
       "Make a key anew; who has the old one is let in no more",
       "dpsctl policy roll-key --policy-name reader --key secondary\n",
       {option::PolicyName, option::KeySlotRequired, option::Etag},
       RollKey},
      {"policy",
       "delete",
       "Delete an access policy; who has its keys is let in no more",
       "dpsctl policy delete --policy-name reader\n",
       {option::PolicyName, option::Etag},
       DeletePolicy},
      {"connection-string",
       "show",
       "Show what others need to use the service API: host, policy and key",
       "dpsctl connection-string show\n"
       "dpsctl connection-string show --policy-name reader --key secondary "
       "--host-name dps.example.com:8444 -o table   # bare\n",
       {option::ConnectionStringParts},
       ShowConnectionString},
  };
}

}  // namespace dps
