// SPDX-License-Identifier: Apache-2.0
// The service API, on a store directory, over the network or over a broker, as
// the commands use it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/transport.h"
#include "core/store/store.h"

namespace dps {

// Requests are made in the name of one instance; what the service refuses
// becomes an Error (transport.h).
class Service {
 public:
  enum class Open { kExisting, kCreate };

  // For commands on instances themselves. On a store, acts as its owner from
  // then on (directory_owner.h). Errors: those of LmdbStore::Open, ReadLogin
  // and ReadBrokerLogin; kInvalidArgument (with a login no instances are made).
  [[nodiscard]] static Result<std::unique_ptr<Service>> OfStore(
      const Arguments& arguments, Open open);
  // For all others: the instance that --dps-name or --id-scope name, or the
  // only one there is; over the network, the one of the host.
  [[nodiscard]] static Result<std::unique_ptr<Service>> OfInstance(
      const Arguments& arguments);
  // For what reads the store beside the service. Errors: as before;
  // kInvalidArgument (it is on another machine).
  [[nodiscard]] static Result<std::unique_ptr<Service>> OfInstanceWithStore(
      const Arguments& arguments);

  // The name of the instance the options pick. Errors: kInvalidArgument.
  [[nodiscard]] Result<std::string> PickInstance(const Arguments& arguments);
  // REQUIRES: OfInstanceWithStore().
  Store& store() { return *store_; }
  // REQUIRES: an instance was picked, by PickInstance() or on a store.
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
  [[nodiscard]] Result<std::string> Collect(const std::string& method,
                                            const std::string& path,
                                            std::optional<std::size_t> top);

  Service(std::unique_ptr<Transport> transport, Store* store, std::string host)
      : transport_(std::move(transport)),
        store_(store),
        host_(std::move(host)) {}

  [[nodiscard]] static Result<std::unique_ptr<Service>> OverNetwork(
      const Arguments& arguments);
  [[nodiscard]] static Result<std::unique_ptr<Service>> OverBroker(
      const Arguments& arguments);
  Error NoSuchInstance(const std::vector<std::string>& all) const;

  const std::unique_ptr<Transport> transport_;
  Store* const store_;      // the transport's; null without one
  const std::string host_;  // of a login; it stands for an instance
  std::optional<IdScope> scope_;
};

// The etag that an answer came with. Errors: kUnavailable.
[[nodiscard]] Result<std::string> EtagOf(const Response& response);

// `/enrollments/` + the encoded id.
std::string PathOf(const std::string& collection, const std::string& id);

}  // namespace dps
