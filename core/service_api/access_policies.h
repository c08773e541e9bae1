// SPDX-License-Identifier: Apache-2.0
// The shared access policies of an instance, /accessPolicies; ours in place of
// Azure's control plane (service-api section 1.4).
#pragma once

#include "core/model/access_policy.h"
#include "core/service_api/call.h"

namespace dps {

// What a new instance begins with: kOwnerPolicy, all rights, random keys.
AccessPolicy NewOwnerPolicy(UtcTime now);

// `{"rights", "primaryKey"?, "secondaryKey"?}`; keys not given are kept, or
// made. The answer shows them.
[[nodiscard]] Result<Response> PutAccessPolicy(const Call& call);
// Without keys.
[[nodiscard]] Result<Response> GetAccessPolicy(const Call& call);
[[nodiscard]] Result<Response> ListAccessPolicies(const Call& call);
// With keys.
[[nodiscard]] Result<Response> GetAccessPolicyKeys(const Call& call);
// `{"key":"primary"|"secondary"}`: makes that key anew, and shows both.
[[nodiscard]] Result<Response> RollAccessPolicyKey(const Call& call);
[[nodiscard]] Result<Response> DeleteAccessPolicy(const Call& call);

}  // namespace dps
