// SPDX-License-Identifier: Apache-2.0
// Whose files a store's are: the broker's user must always be able to use them.
#pragma once

#include <sys/types.h>

#include <string>

#include "core/base/result.h"

namespace dps {

struct Owner {
  uid_t uid;
  gid_t gid;
};

// The owner of `directory` or, while it does not exist, of the nearest
// directory above it that does. Errors: kUnavailable.
[[nodiscard]] Result<Owner> OwnerOf(const std::string& directory);

// When this process is root's and `owner` is not root: gives up root for good
// and goes on as the owner, with the owner's group only. Otherwise nothing.
// Errors: kUnavailable.
[[nodiscard]] Status ActAs(const Owner& owner);

}  // namespace dps
