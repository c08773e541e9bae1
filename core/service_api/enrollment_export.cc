// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/enrollment_export.h"

#include <algorithm>

#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "core/service_api/enrollment_kind.h"
#include "core/service_api/paging.h"

namespace dps {
namespace {

// Read by one view of the store.
constexpr std::size_t kPieceOfExport = 100;

Result<Secrets> ParseWithKeys(const Request& request) {
  const auto given = request.query.find("withKeys");
  if (given == request.query.end() || given->second == "false") {
    return Secrets::kHide;
  }
  if (given->second != "true") {
    return Fail(Errc::kInvalidArgument, "withKeys must be true or false");
  }
  if (request.caller.rights.Holds(AccessRight::kEnrollmentWrite)) {
    return Secrets::kAll;
  }
  return Fail(Errc::kUnauthenticated,
              request.caller.name + " lacks the right " +
                  std::string(ToText(AccessRight::kEnrollmentWrite)));
}

Result<Page> ParseExportPage(const Request& request) {
  DPS_TRY(Page page, ParsePage(request));
  const auto count = request.headers.find("x-ms-max-item-count");
  if (count == request.headers.end() || count->second.empty()) {
    page.limit = limits::kQueryPageMax;
  }
  return page;
}

struct ExportedPage {
  std::string lines;
  std::string last;  // key of the last row
  bool is_end = false;
};

template <class Document>
Result<ExportedPage> ReadExport(const Call& call, const Page& page,
                                Secrets secrets) {
  ExportedPage out{.lines = {}, .last = page.after};
  for (std::size_t rows = 0; rows < page.limit;) {
    const std::size_t wanted = std::min(kPieceOfExport, page.limit - rows);
    DPS_TRY(const auto snapshot, call.store.Read());
    // One more tells whether this is the end.
    DPS_TRY(const auto piece, EnrollmentKind<Document>::List(
                                  *snapshot, call.scope(),
                                  {.after = out.last, .limit = wanted + 1}));
    for (std::size_t i = 0; i < std::min(wanted, piece.size()); ++i) {
      out.lines += ToJson(piece[i], secrets) + '\n';
      out.last = piece[i].key();
      if (out.lines.size() < kExportBytesMax) continue;
      out.is_end = i + 1 == piece.size();
      return out;
    }
    out.is_end = piece.size() <= wanted;
    if (out.is_end) return out;
    rows += wanted;
  }
  return out;
}

}  // namespace

bool ExportsKeys(const Request& request) {
  const auto given = request.query.find("withKeys");
  return given != request.query.end() && given->second == "true";
}

template <class Document>
Result<Response> ExportEnrollments(const Call& call) {
  DPS_TRY(const Secrets secrets, ParseWithKeys(call.request));
  DPS_TRY(const Page page, ParseExportPage(call.request));
  DPS_TRY(ExportedPage read, ReadExport<Document>(call, page, secrets));
  Response response{.headers = {{"Content-Type", "application/x-ndjson"}},
                    .body = std::move(read.lines)};
  if (!read.is_end) {
    response.headers["x-ms-continuation"] = Base64Encode(read.last);
  }
  return response;
}

template Result<Response> ExportEnrollments<IndividualEnrollment>(const Call&);
template Result<Response> ExportEnrollments<EnrollmentGroup>(const Call&);

}  // namespace dps
