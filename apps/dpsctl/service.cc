// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/service.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <thread>
#include <utility>

#include "apps/dpsctl/broker_login.h"
#include "apps/dpsctl/broker_transport.h"
#include "apps/dpsctl/login.h"
#include "apps/dpsctl/network_transport.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/store_transport.h"
#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/service_api/precondition.h"

namespace dps {
namespace {

constexpr int kUpdateAttemptsMax = 16;

// The instances the options do not rule out.
Result<std::vector<JsonView>> Matching(const Arguments& arguments,
                                       const std::vector<JsonView>& all) {
  std::vector<JsonView> matching;
  for (const JsonView instance : all) {
    DPS_TRY(const std::string name, instance.String("name"));
    DPS_TRY(const std::string scope, instance.String("idScope"));
    const bool meant =
        (!arguments.dps_name || EqualsIgnoreCase(*arguments.dps_name, name)) &&
        (!arguments.id_scope || *arguments.id_scope == scope);
    if (meant) matching.push_back(instance);
  }
  return matching;
}

// Takes the query off `path`.
Result<std::map<std::string, std::string>> TakeQuery(std::string& path) {
  std::map<std::string, std::string> query = {{"api-version", "2021-10-01"}};
  const std::size_t mark = std::min(path.find('?'), path.size());
  std::istringstream parts(path.substr(std::min(mark + 1, path.size())));
  path.resize(mark);
  for (std::string part; std::getline(parts, part, '&');) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) continue;
    DPS_TRY(query[part.substr(0, equals)],
            PercentDecode(part.substr(equals + 1)));
  }
  return query;
}

void SleepFor(std::chrono::seconds time) { std::this_thread::sleep_for(time); }

}  // namespace

Result<std::unique_ptr<Service>> Service::OverNetwork(
    const Arguments& arguments) {
  static const SystemClock clock;
  DPS_TRY(const ConnectionString login, ReadLogin(arguments));
  const std::string ca_file = arguments.login_ca_file.value_or("");
  auto transport = std::make_unique<NetworkTransport>(
      login, std::make_unique<CurlClient>(ClientOptionsOf(ca_file)), clock,
      SleepFor);
  return std::unique_ptr<Service>(
      new Service(std::move(transport), nullptr, login.authority));
}

Result<std::unique_ptr<Service>> Service::OverBroker(
    const Arguments& arguments) {
  DPS_TRY(MosquittoAddress address, ReadBrokerLogin(arguments));
  auto transport = std::make_unique<BrokerTransport>(
      std::move(address), BrokerTransportOptions{.wait = SleepFor});
  return std::unique_ptr<Service>(
      new Service(std::move(transport), nullptr, ""));
}

Result<std::unique_ptr<Service>> Service::OfStore(const Arguments& arguments,
                                                  Open open) {
  if (HasBroker(arguments)) return OverBroker(arguments);
  if (HasLogin(arguments)) {
    if (open == Open::kExisting) return OverNetwork(arguments);
    return Fail(Errc::kInvalidArgument,
                "instances are made on the service's machine: this needs "
                "--store there");
  }
  if (arguments.store.empty()) {  // --store refuses to be
    return Fail(Errc::kInvalidArgument,
                "the environment variable DPS_STORE is empty; unset it, or "
                "name the store's directory in it or by --store");
  }
  DPS_TRY(auto transport,
          StoreTransport::Open(
              {.directory = arguments.store, .create = open == Open::kCreate}));
  Store& store = transport->store();
  return std::unique_ptr<Service>(
      new Service(std::move(transport), &store, ""));
}

Result<std::unique_ptr<Service>> Service::OfInstance(
    const Arguments& arguments) {
  DPS_TRY(auto service, OfStore(arguments, Open::kExisting));
  // A host stands for its instance, and not every policy may look at that.
  const bool known =
      !service->host_.empty() && !arguments.dps_name && !arguments.id_scope;
  if (!known) DPS_CHECK(service->PickInstance(arguments));
  return service;
}

Result<std::unique_ptr<Service>> Service::OfInstanceWithStore(
    const Arguments& arguments) {
  if (!HasLogin(arguments) && !HasBroker(arguments)) {
    return OfInstance(arguments);
  }
  return Fail(Errc::kInvalidArgument,
              "this reads more of the store than the service API tells: it "
              "needs --store on the service's machine");
}

Error Service::NoSuchInstance(const std::vector<std::string>& all) const {
  if (all.empty() && host_.empty()) {
    return {Errc::kInvalidArgument,
            "the store holds no instance; `dpsctl instance create` makes one"};
  }
  if (host_.empty()) {
    return {Errc::kInvalidArgument,
            "there is no such instance; `dpsctl instance list` shows all"};
  }
  return {Errc::kInvalidArgument,
          host_ + " is instance " + FirstOf(all) +
              ", and --dps-name or --id-scope name another"};
}

Result<std::string> Service::PickInstance(const Arguments& arguments) {
  DPS_TRY(const Response listed, Send("GET", "/instances"));
  DPS_TRY(const Rows rows, Rows::Parse(listed.body));
  DPS_TRY(const auto matching, Matching(arguments, rows.items()));
  if (matching.empty()) {
    std::vector<std::string> names;
    for (const JsonView instance : rows.items()) {
      DPS_TRY(names.emplace_back(), instance.String("name"));
    }
    return tl::unexpected(NoSuchInstance(names));
  }
  if (matching.size() > 1) {
    return Fail(Errc::kInvalidArgument,
                "which instance? Pick one by --dps-name or --id-scope; `dpsctl "
                "instance list` shows all");
  }
  DPS_TRY(const std::string scope, matching[0].String("idScope"));
  DPS_TRY(scope_, IdScope::Parse(scope));
  return matching[0].String("name");
}

Result<Response> Service::Send(const std::string& method,
                               const std::string& path, const Headers& headers,
                               const std::string& body) {
  std::string plain = path;
  DPS_TRY(auto query, TakeQuery(plain));
  return transport_->Send({.method = method,
                           .path = std::move(plain),
                           .query = std::move(query),
                           .headers = headers,
                           .body = body,
                           .id_scope = scope_,
                           .caller = {}});
}

Result<Response> Service::Update(const std::string& path,
                                 const std::optional<std::string>& etag,
                                 const Change& change) {
  for (int attempt = 0; attempt < kUpdateAttemptsMax; ++attempt) {
    DPS_TRY(const Response current, Send("GET", path));
    DPS_TRY(const auto changed, change(current.body));
    DPS_TRY(const std::string read_etag, EtagOf(current));
    const Headers headers = {{"If-Match", etag.value_or(read_etag)}};
    // A stale etag is refused, whether there is something to change or not.
    if (!changed && Precondition::Of(headers).ForPut(read_etag, path)) {
      PrintNote("nothing to change, nothing was written");
      return current;
    }
    auto updated = Send("PUT", path, headers, changed.value_or(current.body));
    const bool lost_race =
        !updated && updated.error().code == Errc::kPreconditionFailed;
    if (!lost_race || etag) return updated;
  }
  return Fail(Errc::kUnavailable, "other operators were faster every time");
}

Status Service::Delete(const std::string& path,
                       const std::optional<std::string>& etag) {
  DPS_CHECK(Send("DELETE", path, {{"If-Match", etag.value_or("*")}}));
  return {};
}

Result<std::string> Service::Query(const std::string& path,
                                   std::optional<std::size_t> top) {
  return Collect("POST", path, top);
}

Result<std::string> Service::List(const std::string& path,
                                  std::optional<std::size_t> top) {
  return Collect("GET", path, top);
}

Result<std::string> Service::Collect(const std::string& method,
                                     const std::string& path,
                                     std::optional<std::size_t> top) {
  std::string rows;
  Headers headers;
  std::size_t left = top.value_or(limits::kQueryPageMax);
  while (left > 0) {
    const std::size_t size = std::min(left, limits::kQueryPageMax);
    headers["x-ms-max-item-count"] = std::to_string(size);
    DPS_TRY(const Response page, Send(method, path, headers));
    if (!page.body.starts_with('[') || !page.body.ends_with(']')) {
      return Fail(Errc::kUnavailable, "the service's answer is not a list");
    }
    // Between the brackets.
    const std::string_view more =
        std::string_view(page.body).substr(1, page.body.size() - 2);
    rows += (rows.empty() || more.empty() ? "" : ",") + std::string(more);
    const auto next = page.headers.find("x-ms-continuation");
    if (next == page.headers.end()) break;
    headers["x-ms-continuation"] = next->second;
    if (!top) continue;
    DPS_TRY(const JsonDocument counted,
            JsonDocument::ParseObject("{\"rows\":" + page.body + "}",
                                      limits::kJsonDepthMax + 4));
    DPS_TRY(const auto received, counted.root().OptionalArray("rows"));
    left -= std::min(left, received.size());
  }
  return "[" + rows + "]";
}

Result<std::string> EtagOf(const Response& response) {
  const auto etag = response.headers.find("ETag");
  if (etag != response.headers.end()) return etag->second;
  return Fail(Errc::kUnavailable, "the service's answer lacks its etag");
}

std::string PathOf(const std::string& collection, const std::string& id) {
  return "/" + collection + "/" + PercentEncode(id);
}

}  // namespace dps
