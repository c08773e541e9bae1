// SPDX-License-Identifier: Apache-2.0
// Requests that come over the network: which instance they are for, and whose
// they are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/model/instance.h"
#include "core/service_api/caller.h"
#include "core/store/store.h"

namespace dps {

// The host of a `Host` header without its port, in lower case; `[::1]` keeps
// its brackets. Pure.
std::string HostWithoutPort(std::string_view host);

// The instance a request to `host` is for: the one that goes by that host name
// (Instance::service_host_name), else the one whose name is its first label,
// else the one named `fallback`, else the only one there is. Errors: kNotFound,
// and those of Snapshot.
[[nodiscard]] Result<Instance> InstanceOfHost(
    Snapshot& snapshot, std::string_view host,
    const std::optional<std::string>& fallback);

// What a client sends along to be let in.
struct Admission {
  std::string_view authorization;  // the header; empty = there is none
  std::string_view host;           // the header
  std::string_view address;        // where it calls from
};

// The caller whose policy of the instance the SAS token is signed by, with the
// primary or the secondary key (service-api section 7.2): over its resource
// exactly as sent, which then must be the host that was asked, with or without
// a port, in any letter case and encoding. Errors: kUnauthenticated (the
// message says why, and tells nothing of other instances), and those of
// Snapshot.
[[nodiscard]] Result<Caller> Admit(Snapshot& snapshot, const IdScope& scope,
                                   const Admission& admission, UtcTime now);

}  // namespace dps
