// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/access_policies.h"

#include <array>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/model/words.h"
#include "core/service_api/decision.h"
#include "core/service_api/precondition.h"

namespace dps {
namespace {

enum class KeySlot { kPrimary, kSecondary };
constexpr std::array kSlots = {Word{KeySlot::kPrimary, "primary"},
                               Word{KeySlot::kSecondary, "secondary"}};

SecretBytes NewKey() { return RandomSecret(limits::kGeneratedKeySize); }

std::string PolicyText(const AccessPolicyName& name) {
  return "access policy " + name.text();
}

Result<AccessPolicy> PresentPolicy(const Call& call, Snapshot& snapshot) {
  DPS_TRY(const auto name, AccessPolicyName::Parse(call.id));
  DPS_TRY(auto policy, snapshot.FindAccessPolicy(call.scope(), name));
  if (!policy) return Fail(Errc::kNotFound, "there is no " + PolicyText(name));
  return *std::move(policy);
}

Status CheckRoomForPolicy(Snapshot& snapshot, const IdScope& scope) {
  DPS_TRY(const auto policies, snapshot.ListAccessPolicies(scope));
  if (policies.size() < limits::kAccessPoliciesMax) return {};
  return Fail(Errc::kForbidden, "an instance can have " +
                                    std::to_string(limits::kAccessPoliciesMax) +
                                    " access policies");
}

// `policy` is what the operator sent.
Result<Decision> DecidePolicyPut(Snapshot& snapshot, const Call& call,
                                 AccessPolicy policy) {
  DPS_TRY(const auto version, snapshot.ConfigVersion(call.scope()));
  DPS_TRY(const auto stored,
          snapshot.FindAccessPolicy(call.scope(), policy.name));
  DPS_TRY(const Expect expect,
          Precondition::Of(call.request.headers)
              .ForPut(EtagOf(stored), PolicyText(policy.name)));
  Decision decision;
  if (!stored) {
    DPS_CHECK(CheckRoomForPolicy(snapshot, call.scope()));
    decision.batch.unchanged_config = {{call.scope(), version}};
  }
  if (policy.primary_key.empty()) {
    policy.primary_key = stored ? stored->primary_key : NewKey();
  }
  if (policy.secondary_key.empty()) {
    policy.secondary_key = stored ? stored->secondary_key : NewKey();
  }
  if (stored) policy.name = stored->name;
  policy.last_updated = call.clock.Now();
  policy.created = stored ? stored->created : policy.last_updated;
  policy.etag_text = NewGuid();
  decision.response =
      DocumentResponse(ToJson(policy, Secrets::kShow), policy.etag());
  decision.batch.changes = {Put<AccessPolicy>{call.scope(), policy, expect}};
  return decision;
}

// The name may be left to the path.
Result<AccessPolicy> ParsePolicyWish(const Call& call) {
  DPS_TRY(const auto name, AccessPolicyName::Parse(call.id));
  DPS_TRY(const JsonDocument body,
          JsonDocument::ParseObject(call.request.body));
  DPS_TRY(const auto given, body.root().OptionalString("keyName"));
  if (given) {
    DPS_TRY(const auto in_body, AccessPolicyName::Parse(*given));
    if (in_body != name) {
      return Fail(Errc::kInvalidArgument, "the path names the " +
                                              PolicyText(name) + ", the body " +
                                              in_body.text());
    }
    return ParseAccessPolicy(call.request.body);
  }
  JsonWriter with_name;
  with_name.StartObject().Member("keyName", name.text());
  for (const std::string_view member :
       {"rights", "primaryKey", "secondaryKey"}) {
    if (const auto value = body.root().Find(member)) {
      with_name.Key(member).Raw(value->Text());
    }
  }
  return ParseAccessPolicy(with_name.EndObject().Take());
}

Result<Decision> DecideRoll(Snapshot& snapshot, const Call& call,
                            KeySlot slot) {
  DPS_TRY(AccessPolicy policy, PresentPolicy(call, snapshot));
  // If-Match may be left out here: what is asked for cannot be misunderstood.
  const std::string stored_etag = policy.etag();
  if (call.request.headers.contains("If-Match")) {
    DPS_CHECK(Precondition::Of(call.request.headers)
                  .ForPut(stored_etag, PolicyText(policy.name)));
  }
  (slot == KeySlot::kPrimary ? policy.primary_key : policy.secondary_key) =
      NewKey();
  policy.last_updated = call.clock.Now();
  policy.etag_text = NewGuid();
  Decision decision;
  decision.response =
      DocumentResponse(ToJson(policy, Secrets::kShow), policy.etag());
  decision.batch.changes = {
      Put<AccessPolicy>{call.scope(), policy, Expect::Etag(stored_etag)}};
  return decision;
}

}  // namespace

AccessPolicy NewOwnerPolicy(UtcTime now) {
  return {.name = *AccessPolicyName::Parse(kOwnerPolicy),
          .rights = AccessRights::All(),
          .primary_key = NewKey(),
          .secondary_key = NewKey(),
          .etag_text = NewGuid(),
          .created = now,
          .last_updated = now};
}

Result<Response> PutAccessPolicy(const Call& call) {
  DPS_TRY(const AccessPolicy policy, ParsePolicyWish(call));
  return DecideAndCommit(call.store, [&](Snapshot& snapshot) {
    return DecidePolicyPut(snapshot, call, policy);
  });
}

Result<Response> GetAccessPolicy(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const AccessPolicy policy, PresentPolicy(call, *snapshot));
  return DocumentResponse(ToJson(policy, Secrets::kHide), policy.etag());
}

Result<Response> ListAccessPolicies(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const auto policies, snapshot->ListAccessPolicies(call.scope()));
  JsonWriter rows;
  rows.StartArray();
  for (const AccessPolicy& policy : policies) {
    rows.Raw(ToJson(policy, Secrets::kHide));
  }
  return JsonResponse(rows.EndArray().Take());
}

Result<Response> GetAccessPolicyKeys(const Call& call) {
  DPS_TRY(const auto snapshot, call.store.Read());
  DPS_TRY(const AccessPolicy policy, PresentPolicy(call, *snapshot));
  return DocumentResponse(ToJson(policy, Secrets::kShow), policy.etag());
}

Result<Response> RollAccessPolicyKey(const Call& call) {
  DPS_TRY(const JsonDocument body,
          JsonDocument::ParseObject(call.request.body));
  DPS_TRY(const std::string word, body.root().String("key"));
  DPS_TRY(const KeySlot slot, ParseWord(kSlots, word, "key"));
  return DecideAndCommit(call.store, [&](Snapshot& snapshot) {
    return DecideRoll(snapshot, call, slot);
  });
}

Result<Response> DeleteAccessPolicy(const Call& call) {
  DPS_TRY(const auto name, AccessPolicyName::Parse(call.id));
  return DecideAndCommit(
      call.store, [&](Snapshot& snapshot) -> Result<Decision> {
        const auto etag = snapshot.FindAccessPolicy(call.scope(), name)
                              .map(EtagOf<AccessPolicy>);
        DPS_TRY(const Expect expect, Precondition::Of(call.request.headers)
                                         .ForDelete(etag, PolicyText(name)));
        Decision decision{.response = EmptyResponse()};
        decision.batch.changes = {
            Remove<AccessPolicy>{call.scope(), name.key(), expect}};
        return decision;
      });
}

}  // namespace dps
