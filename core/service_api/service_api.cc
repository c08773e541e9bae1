// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/service_api.h"

#include <array>

#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/protocol/error.h"
#include "core/service_api/assignment_counts.h"
#include "core/service_api/call.h"
#include "core/service_api/certificates.h"
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

struct Route {
  std::string_view method;
  std::string_view path;
  RouteScope scope;
  Handler handler;
  std::size_t body_max = limits::kDocumentMax;
};

using Individual = IndividualEnrollment;
using Group = EnrollmentGroup;
constexpr auto kStore = RouteScope::kStore;
constexpr auto kInstance = RouteScope::kInstance;

constexpr auto kRoutes = std::to_array<Route>({
    {"PUT", "/enrollments/{id}", kInstance, PutEnrollment<Individual>},
    {"GET", "/enrollments/{id}", kInstance, GetEnrollment<Individual>},
    {"DELETE", "/enrollments/{id}", kInstance, DeleteEnrollment<Individual>},
    {"POST", "/enrollments/query", kInstance, QueryEnrollments<Individual>},
    {"POST", "/enrollments/{id}/attestationmechanism", kInstance,
     GetAttestationMechanism<Individual>},

    {"PUT", "/enrollmentGroups/{id}", kInstance, PutEnrollment<Group>},
    {"GET", "/enrollmentGroups/{id}", kInstance, GetEnrollment<Group>},
    {"DELETE", "/enrollmentGroups/{id}", kInstance, DeleteEnrollment<Group>},
    {"POST", "/enrollmentGroups/query", kInstance, QueryEnrollments<Group>},
    {"POST", "/enrollmentGroups/{id}/attestationmechanism", kInstance,
     GetAttestationMechanism<Group>},

    {"GET", "/registrations/{id}", kInstance, GetRegistration},
    {"DELETE", "/registrations/{id}", kInstance, DeleteRegistration},
    {"POST", "/registrations/{id}/query", kInstance, QueryGroupRegistrations},

    // Ours, not Azure's.
    {"POST", "/registrations/query", kInstance, QueryRegistrations},
    {"POST", "/registrations/{id}/delete", kInstance, DeleteGroupRegistrations},
    {"GET", "/hubTasks", kInstance, ListHubTasks},
    {"POST", "/hubTasks/notices", kInstance, PutNotices},
    {"GET", "/hubTasks/{id}", kInstance, GetHubTask},
    {"DELETE", "/hubTasks/{id}", kInstance, DeleteHubTask},
    {"POST", "/hubTasks/{id}/retry", kInstance, RetryHubTask},
    {"PUT", "/linkedHubs/{id}", kInstance, PutLinkedHub},
    {"GET", "/linkedHubs/{id}", kInstance, GetLinkedHub},
    {"DELETE", "/linkedHubs/{id}", kInstance, DeleteLinkedHub},
    {"GET", "/linkedHubs/{id}/enrollments", kInstance, ListEnrollmentsOfHub},
    {"GET", "/linkedHubs", kInstance, ListLinkedHubs},
    {"POST", "/assignmentCounts/recount", kInstance, RecountAssignments},
    {"PUT", "/certificates/{id}", kInstance, PutCertificate},
    {"GET", "/certificates/{id}", kInstance, GetCertificate},
    {"DELETE", "/certificates/{id}", kInstance, DeleteCertificate},
    {"GET", "/certificates", kInstance, ListCertificates},
    {"POST", "/certificates/{id}/generateVerificationCode", kInstance,
     GenerateVerificationCode},
    {"POST", "/certificates/{id}/verify", kInstance, VerifyCertificate},
    {"PUT", "/certificates/{id}/crl", kInstance, PutRevocationList,
     limits::kRevocationListRequestMax},
    {"DELETE", "/certificates/{id}/crl", kInstance, DeleteRevocationList},
    {"PUT", "/latencyTable", kInstance, PutLatencyTable,
     limits::kLatencyTableBytesMax},
    {"GET", "/latencyTable", kInstance, GetLatencyTable},
    {"DELETE", "/latencyTable", kInstance, DeleteLatencyTable},
    {"GET", "/latencyTable/rows", kInstance, GetLatencyRows},
    {"PUT", "/instances/{id}", kStore, PutInstance},
    {"GET", "/instances/{id}", kStore, GetInstance},
    {"GET", "/instances", kStore, ListInstances},
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

// Any version is served alike, but a client must say which one it speaks.
Status CheckApiVersion(const Request& request) {
  const auto version = request.query.find("api-version");
  if (version != request.query.end() && !version->second.empty()) return {};
  return Fail(Errc::kInvalidArgument, "the query must hold api-version");
}

}  // namespace

ServiceApi::ServiceApi(Store& store, const Clock& clock,
                       const SecretBox& secrets, Log& log)
    : store_(store), clock_(clock), secrets_(secrets), log_(log) {}

Response ServiceApi::Handle(const Request& request) {
  auto response = Dispatch(request);
  return response ? *std::move(response) : ErrorResponse(response.error());
}

Result<Response> ServiceApi::Dispatch(const Request& request) {
  DPS_TRY(const Match match, FindRoute(request));
  DPS_CHECK(CheckApiVersion(request));
  if (request.body.size() > match.route->body_max) {
    return Fail(Errc::kTooLarge, "the body is larger than " +
                                     std::to_string(match.route->body_max) +
                                     " bytes");
  }
  if (match.route->scope == kInstance) DPS_CHECK(CheckInstance(request));
  return match.route->handler(
      Call{store_, clock_, secrets_, request, match.id});
}

// Instances are never removed, so what holds here holds for the handler.
Status ServiceApi::CheckInstance(const Request& request) {
  if (!request.id_scope) {
    return Fail(Errc::kNotFound, "the request names no instance");
  }
  DPS_TRY(const auto snapshot, store_.Read());
  DPS_TRY(const auto instance, snapshot->FindInstance(*request.id_scope));
  if (instance) return {};
  return Fail(Errc::kNotFound,
              "there is no instance with ID scope " + request.id_scope->text());
}

Response ServiceApi::ErrorResponse(const Error& error) {
  ErrorReply reply = MakeErrorReply(error, clock_.Now());
  if (error.code == Errc::kInternal || error.code == Errc::kUnavailable) {
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
