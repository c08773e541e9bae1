// SPDX-License-Identifier: Apache-2.0
// The service API on a store directory, as the commands use it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/dpsctl/arguments.h"
#include "core/service_api/service_api.h"
#include "core/store/lmdb_store.h"

namespace dps {

// Requests are made in the name of one instance; what the service refuses
// becomes an Error whose code is kPreconditionFailed for a stale etag, else
// kInvalidArgument, with the service's message.
class Service {
 public:
  enum class Open { kExisting, kCreate };

  // For commands on instances themselves. Acts as the store's owner from then
  // on (owner.h). Errors: those of LmdbStore::Open.
  [[nodiscard]] static Result<std::unique_ptr<Service>> OfStore(
      const Arguments& arguments, Open open);
  // For all others: the instance that --dps-name or --id-scope name, or the
  // only one there is.
  [[nodiscard]] static Result<std::unique_ptr<Service>> OfInstance(
      const Arguments& arguments);

  // The name of the instance the options pick. Errors: kInvalidArgument.
  [[nodiscard]] Result<std::string> PickInstance(const Arguments& arguments);
  // For what is asked of the store and not of the service.
  Store& store() { return *store_; }
  // REQUIRES: an instance was picked.
  const IdScope& scope() const { return *scope_; }

  // `path` may have a query.
  [[nodiscard]] Result<Response> Send(const std::string& method,
                                      const std::string& path,
                                      const Headers& headers = {},
                                      const std::string& body = "");

  // GET, `change` the document's text, PUT on the condition that it is still
  // the same; all again if it was not, unless the operator gave an etag.
  // Nothing is written, and stderr told so, when `change` finds nothing to
  // change (nullopt).
  using Changed = Result<std::optional<std::string>>;
  using Change = std::function<Changed(const std::string& body)>;
  [[nodiscard]] Result<Response> Update(const std::string& path,
                                        const std::optional<std::string>& etag,
                                        const Change& change);

  // DELETE, with the operator's etag if there is one.
  [[nodiscard]] Status Delete(const std::string& path,
                              const std::optional<std::string>& etag);

  // The rows of all pages of a query as one JSON array, at most `top`; of a
  // list that is asked for by GET.
  [[nodiscard]] Result<std::string> Query(const std::string& path,
                                          std::optional<std::size_t> top);
  [[nodiscard]] Result<std::string> List(const std::string& path,
                                         std::optional<std::size_t> top);

 private:
  // Keeps the cause that the service does not tell its clients.
  class CauseLog final : public Log {
   public:
    void Write(LogLevel, std::string_view line) override { cause = line; }
    std::string cause;
  };

  [[nodiscard]] Result<std::string> Collect(const std::string& method,
                                            const std::string& path,
                                            std::optional<std::size_t> top);

  Service(const std::string& directory, std::unique_ptr<LmdbStore> store);

  CauseLog log_;
  SystemClock clock_;
  std::unique_ptr<LmdbStore> store_;
  SecretBox secrets_;
  ServiceApi api_;
  std::optional<IdScope> scope_;
};

// `/enrollments/` + the encoded id.
std::string PathOf(const std::string& collection, const std::string& id);

}  // namespace dps
