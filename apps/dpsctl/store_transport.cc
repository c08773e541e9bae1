// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/store_transport.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "apps/dpsctl/output.h"
#include "core/store/directory_owner.h"

namespace dps {
namespace {

std::string UserName(uid_t uid) {
  constexpr std::size_t kEntryMax = 4096;
  std::array<char, kEntryMax> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return found->pw_name;
  }
  return "uid " + std::to_string(uid);
}

}  // namespace

std::string OperatorName() {
  // Only root's environment is sudo's word: others can set what they like.
  const char* const by_sudo =
      getuid() == 0 ? std::getenv("SUDO_USER") : nullptr;
  const bool is_named = by_sudo != nullptr && *by_sudo != '\0';
  return "dpsctl as " + (is_named ? std::string(by_sudo) : UserName(getuid()));
}

StoreTransport::StoreTransport(const std::string& directory,
                               std::string operator_name,
                               std::unique_ptr<LmdbStore> store)
    : operator_name_(std::move(operator_name)),
      store_(std::move(store)),
      secrets_(directory),
      audit_(directory + "/audit.log", clock_, log_),
      api_(*store_, clock_, secrets_, log_, &audit_) {}

Result<std::unique_ptr<StoreTransport>> StoreTransport::Open(
    const LmdbOptions& options) {
  std::string operator_name = OperatorName();  // while it is known
  DPS_TRY(const Owner owner, OwnerOf(options.directory));
  DPS_CHECK(ActAs(owner));
  DPS_TRY(auto store, LmdbStore::Open(options));
  return std::unique_ptr<StoreTransport>(new StoreTransport(
      options.directory, std::move(operator_name), std::move(store)));
}

Result<Response> StoreTransport::Send(const Request& request) {
  Request named = request;
  named.caller = Caller::Owner();
  named.caller.name = operator_name_;
  log_.cause.clear();
  Response response = api_.Handle(named);
  if (response.status < kRefusedStatus) {
    if (!log_.cause.empty()) PrintNote(log_.cause);
    return response;
  }
  Error error = ErrorOf(response);
  if (response.status >= kFailedStatus) error.message = log_.cause;
  return tl::unexpected(std::move(error));
}

}  // namespace dps
