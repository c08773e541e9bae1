// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/service_api.h"

#include <algorithm>
#include <array>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/protocol/error.h"
#include "core/service_api/access_policies.h"
#include "core/service_api/assignment_counts.h"
#include "core/service_api/bulk.h"
#include "core/service_api/call.h"
#include "core/service_api/certificates.h"
#include "core/service_api/enrollment_export.h"
#include "core/service_api/enrollment_import.h"
#include "core/service_api/enrollments.h"
#include "core/service_api/hub_tasks.h"
#include "core/service_api/instances.h"
#include "core/service_api/latency_tables.h"
#include "core/service_api/linked_hubs.h"
#include "core/service_api/registrations.h"
#include "core/service_api/route.h"

namespace dps {
namespace {

enum class RouteScope { kStore, kInstance };
using enum AccessRight;

struct Route {
  std::string_view method;
  std::string_view path;
  RouteScope scope;
  AccessRight right;  // that the caller must have
  Handler handler;
  std::size_t body_max = limits::kDocumentMax;
};

using Individual = IndividualEnrollment;
using Group = EnrollmentGroup;
constexpr auto kStore = RouteScope::kStore;
constexpr auto kInstance = RouteScope::kInstance;

constexpr auto kRoutes = std::to_array<Route>({
    {"PUT", "/enrollments/{id}", kInstance, kEnrollmentWrite,
     PutEnrollment<Individual>},
    {"GET", "/enrollments/{id}", kInstance, kEnrollmentRead,
     GetEnrollment<Individual>},
    {"DELETE", "/enrollments/{id}", kInstance, kEnrollmentWrite,
     DeleteEnrollment<Individual>},
    {"POST", "/enrollments", kInstance, kEnrollmentWrite,
     RunBulkOperation<Individual>, limits::kBulkBytesMax},
    {"POST", "/enrollments/query", kInstance, kEnrollmentRead,
     QueryEnrollments<Individual>},
    {"POST", "/enrollments/{id}/attestationmechanism", kInstance,
     kEnrollmentWrite, GetAttestationMechanism<Individual>},

    {"PUT", "/enrollmentGroups/{id}", kInstance, kEnrollmentWrite,
     PutEnrollment<Group>},
    {"GET", "/enrollmentGroups/{id}", kInstance, kEnrollmentRead,
     GetEnrollment<Group>},
    {"DELETE", "/enrollmentGroups/{id}", kInstance, kEnrollmentWrite,
     DeleteEnrollment<Group>},
    {"POST", "/enrollmentGroups", kInstance, kEnrollmentWrite,
     RunBulkOperation<Group>, limits::kBulkBytesMax},
    {"POST", "/enrollmentGroups/query", kInstance, kEnrollmentRead,
     QueryEnrollments<Group>},
    {"POST", "/enrollmentGroups/{id}/attestationmechanism", kInstance,
     kEnrollmentWrite, GetAttestationMechanism<Group>},

    {"GET", "/registrations/{id}", kInstance, kRegistrationStatusRead,
     GetRegistration},
    {"DELETE", "/registrations/{id}", kInstance, kRegistrationStatusWrite,
     DeleteRegistration},
    {"POST", "/registrations/{id}/query", kInstance, kRegistrationStatusRead,
     QueryGroupRegistrations},

    // Ours, not Azure's.
    {"POST", "/enrollments/import", kInstance, kEnrollmentWrite,
     ImportEnrollments<Individual>, kImportBytesMax},
    {"POST", "/enrollmentGroups/import", kInstance, kEnrollmentWrite,
     ImportEnrollments<Group>, kImportBytesMax},
    {"POST", "/enrollments/export", kInstance, kEnrollmentRead,
     ExportEnrollments<Individual>},
    {"POST", "/enrollmentGroups/export", kInstance, kEnrollmentRead,
     ExportEnrollments<Group>},
    {"GET", "/registrations/{id}/attempts", kInstance, kRegistrationStatusRead,
     GetAttempts},
    {"POST", "/registrations/query", kInstance, kRegistrationStatusRead,
     QueryRegistrations},
    {"POST", "/registrations/delete", kInstance, kRegistrationStatusWrite,
     DeleteRegistrations},
    {"POST", "/registrations/{id}/delete", kInstance, kRegistrationStatusWrite,
     DeleteGroupRegistrations},
    {"GET", "/hubTasks", kInstance, kServiceConfig, ListHubTasks},
    {"POST", "/hubTasks/notices", kInstance, kServiceConfig, PutNotices},
    {"GET", "/hubTasks/{id}", kInstance, kServiceConfig, GetHubTask},
    {"DELETE", "/hubTasks/{id}", kInstance, kServiceConfig, DeleteHubTask},
    {"POST", "/hubTasks/{id}/retry", kInstance, kServiceConfig, RetryHubTask},
    {"PUT", "/linkedHubs/{id}", kInstance, kServiceConfig, PutLinkedHub},
    {"GET", "/linkedHubs/{id}", kInstance, kServiceConfig, GetLinkedHub},
    {"DELETE", "/linkedHubs/{id}", kInstance, kServiceConfig, DeleteLinkedHub},
    {"GET", "/linkedHubs/{id}/enrollments", kInstance, kServiceConfig,
     ListEnrollmentsOfHub},
    {"GET", "/linkedHubs", kInstance, kServiceConfig, ListLinkedHubs},
    {"POST", "/assignmentCounts/recount", kInstance, kServiceConfig,
     RecountAssignments},
    {"PUT", "/certificates/{id}", kInstance, kServiceConfig, PutCertificate},
    {"GET", "/certificates/{id}", kInstance, kServiceConfig, GetCertificate},
    {"DELETE", "/certificates/{id}", kInstance, kServiceConfig,
     DeleteCertificate},
    {"GET", "/certificates", kInstance, kServiceConfig, ListCertificates},
    {"POST", "/certificates/{id}/generateVerificationCode", kInstance,
     kServiceConfig, GenerateVerificationCode},
    {"POST", "/certificates/{id}/verify", kInstance, kServiceConfig,
     VerifyCertificate},
    {"PUT", "/certificates/{id}/crl", kInstance, kServiceConfig,
     PutRevocationList, limits::kRevocationListRequestMax},
    {"DELETE", "/certificates/{id}/crl", kInstance, kServiceConfig,
     DeleteRevocationList},
    {"PUT", "/latencyTable", kInstance, kServiceConfig, PutLatencyTable,
     limits::kLatencyTableBytesMax},
    {"GET", "/latencyTable", kInstance, kServiceConfig, GetLatencyTable},
    {"DELETE", "/latencyTable", kInstance, kServiceConfig, DeleteLatencyTable},
    {"GET", "/latencyTable/rows", kInstance, kServiceConfig, GetLatencyRows},
    {"PUT", "/accessPolicies/{id}", kInstance, kServiceConfig, PutAccessPolicy},
    {"GET", "/accessPolicies/{id}", kInstance, kServiceConfig, GetAccessPolicy},
    {"DELETE", "/accessPolicies/{id}", kInstance, kServiceConfig,
     DeleteAccessPolicy},
    {"GET", "/accessPolicies", kInstance, kServiceConfig, ListAccessPolicies},
    {"POST", "/accessPolicies/{id}/listKeys", kInstance, kServiceConfig,
     GetAccessPolicyKeys},
    {"POST", "/accessPolicies/{id}/rollKey", kInstance, kServiceConfig,
     RollAccessPolicyKey},
    {"PUT", "/instances/{id}", kStore, kServiceConfig, PutInstance},
    {"GET", "/instances/{id}", kStore, kServiceConfig, GetInstance},
    {"GET", "/instances", kStore, kServiceConfig, ListInstances},
});

struct Match {
  const Route* route = nullptr;
  std::string id;
};

Result<Match> FindRoute(const Request& request) {
  bool path_known = false;
  for (const Route& route : kRoutes) {
    const auto id = MatchPath(route.path, request.path);
    if (!id) continue;
    path_known = true;
    if (route.method != request.method) continue;
    DPS_TRY(std::string decoded, PercentDecode(*id));
    return Match{&route, std::move(decoded)};
  }
  const std::string what =
      Printable(request.method) + " " + Printable(request.path);
  return path_known ? Fail(Errc::kMethodNotAllowed, what + " is not possible")
                    : Fail(Errc::kRouteNotFound, what + " does not exist");
}

// By the route, for an id may be `query`, too. What is not there only reads.
bool OnlyReads(const Request& request) {
  const auto* const route =
      std::ranges::find_if(kRoutes, [&](const Route& one) {
        return one.method == request.method &&
               MatchPath(one.path, request.path).has_value();
      });
  if (route == kRoutes.end()) return request.method == "GET";
  return route->method == "GET" || route->path.ends_with("/query") ||
         (route->path.ends_with("/export") && !ExportsKeys(request));
}

// 401 as Azure has it; its SDKs take a 403 for a quota that is used up.
Status CheckRight(const Caller& caller, AccessRight right) {
  if (caller.rights.Holds(right)) return {};
  return Fail(Errc::kUnauthenticated,
              caller.name + " lacks the right " + std::string(ToText(right)));
}

// Any version is served alike, but a client must say which one it speaks.
Status CheckApiVersion(const Request& request) {
  const auto version = request.query.find("api-version");
  if (version != request.query.end() && !version->second.empty()) return {};
  return Fail(Errc::kInvalidArgument, "the query must hold api-version");
}

}  // namespace

ServiceApi::ServiceApi(Store& store, const Clock& clock,
                       const SecretBox& secrets, Log& log, Audit* audit)
    : store_(store),
      clock_(clock),
      secrets_(secrets),
      log_(log),
      audit_(audit) {}

Response ServiceApi::Handle(const Request& request) {
  RecordingStore store(store_);
  return Answer(request, Dispatch(request, store), store.changes());
}

Response ServiceApi::Refuse(const Request& request, const Error& error) {
  return Answer(request, tl::unexpected<Error>(error), {});
}

bool ServiceApi::Knows(std::string_view path) {
  return std::ranges::any_of(kRoutes, [&](const Route& route) {
    return MatchPath(route.path, path).has_value();
  });
}

std::size_t ServiceApi::BodyMaxOf(std::string_view method,
                                  std::string_view path) {
  const auto* const route =
      std::ranges::find_if(kRoutes, [&](const Route& one) {
        return one.method == method && MatchPath(one.path, path).has_value();
      });
  return route == kRoutes.end() ? 0 : route->body_max;
}

Response ServiceApi::Answer(const Request& request, Result<Response> outcome,
                            const std::vector<AuditedChange>& changes) {
  const std::string message = outcome ? "" : outcome.error().message;
  Response response =
      outcome ? *std::move(outcome) : ErrorResponse(outcome.error());
  std::string& tracking_id = response.headers["x-ms-request-id"];
  if (tracking_id.empty()) tracking_id = NewGuid();
  if (audit_ != nullptr) {
    audit_->Write({.request = request,
                   .only_reads = OnlyReads(request),
                   .status = response.status,
                   .tracking_id = tracking_id,
                   .message = message,
                   .changes = changes});
  }
  return response;
}

Result<Response> ServiceApi::Dispatch(const Request& request, Store& store) {
  DPS_TRY(const Match match, FindRoute(request));
  DPS_CHECK(CheckRight(request.caller, match.route->right));
  DPS_CHECK(CheckApiVersion(request));
  if (request.body.size() > match.route->body_max) {
    return Fail(Errc::kTooLarge, "the body is larger than " +
                                     std::to_string(match.route->body_max) +
                                     " bytes");
  }
  if (match.route->scope == kInstance) DPS_CHECK(CheckInstance(request));
  if (audit_ != nullptr && !OnlyReads(request)) {
    DPS_CHECK(audit_->CheckReady());
  }
  return match.route->handler(Call{store, clock_, secrets_, request, match.id});
}

// Instances are never removed, so what holds here holds for the handler.
Status ServiceApi::CheckInstance(const Request& request) {
  if (!request.id_scope) {
    return Fail(Errc::kNotFound, "the request names no instance");
  }
  if (request.caller.scope && *request.caller.scope != *request.id_scope) {
    return Fail(Errc::kUnauthenticated,
                request.caller.name + " is of another instance");
  }
  DPS_TRY(const auto snapshot, store_.Read());
  DPS_TRY(const auto instance, snapshot->FindInstance(*request.id_scope));
  if (instance) return {};
  return Fail(Errc::kNotFound,
              "there is no instance with ID scope " + request.id_scope->text());
}

Response ServiceApi::ErrorResponse(const Error& error) {
  ErrorReply reply = MakeErrorReply(error, clock_.Now());
  if (IsOurTrouble(error)) {
    log_.Write(LogLevel::kError, "service API: " + error.message +
                                     " (tracking id " + reply.tracking_id +
                                     ")");
  }
  Response response = JsonResponse(std::move(reply.body));
  response.status = reply.status;
  response.headers["x-ms-error-code"] = std::to_string(ErrorCode(error.code));
  response.headers["x-ms-request-id"] = reply.tracking_id;
  return response;
}

}  // namespace dps
