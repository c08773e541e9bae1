// SPDX-License-Identifier: Apache-2.0
// What is to be done so that an instance becomes what a fleet file says.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/dpsctl/fleet_file.h"
#include "apps/dpsctl/service.h"
#include "core/base/result.h"

namespace dps {

struct FleetStep {
  enum class Action { kCreate, kUpdate, kRemove };

  Action action = Action::kCreate;
  FleetKind kind = FleetKind::kInstance;
  std::string id;
  std::string place;  // in the file; empty for what is to be removed
  std::string etag;   // as it was read; empty for what is new
  std::string body;   // holds secrets
  std::vector<std::string> differences;
};

// `+ linked-hub hub-1`, `~ linked-hub hub-1: allocationWeight 1 -> 2`, `- ...`.
std::string LineOf(const FleetStep& step);

struct FleetPlan {
  std::vector<FleetStep> steps;  // in an order in which each can be done
  std::size_t unchanged = 0;
};

struct FleetWish {
  const Fleet& fleet;
  std::string instance_name;  // the one it is for
  bool prune = false;  // what the sections of the file do not name is removed
  // That the operator logs in by; empty on a store. It is not pruned.
  std::string login_policy;
};

// Reads what is there of what the file names; of all there is, if others are
// to be pruned. Changes nothing. Errors: those of Service; kInvalidArgument (a
// hub or CA certificate that is neither there nor in the file, an instance of
// another name, nobody who could change the policies would be left).
[[nodiscard]] Result<FleetPlan> MakeFleetPlan(Service& service,
                                              const FleetWish& wish);

// Errors: those of Service, with the step's place; kPreconditionFailed: it was
// changed since it was read.
[[nodiscard]] Status DoFleetStep(Service& service, const FleetStep& step);

}  // namespace dps
