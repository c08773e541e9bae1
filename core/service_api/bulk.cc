// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/bulk.h"

#include <array>
#include <vector>

#include "core/base/json.h"
#include "core/base/limits.h"
#include "core/base/text.h"
#include "core/protocol/error.h"
#include "core/service_api/enrollment_kind.h"
#include "core/service_api/enrollments.h"

namespace dps {
namespace {

enum class Mode { kCreate, kUpdate, kUpdateIfMatchEtag, kDelete };
constexpr std::array kModes = {
    std::pair{"create", Mode::kCreate}, std::pair{"update", Mode::kUpdate},
    std::pair{"updateIfMatchETag", Mode::kUpdateIfMatchEtag},
    std::pair{"delete", Mode::kDelete}};

template <class Document>
constexpr std::string_view kItemsMember = "enrollments";
template <>
constexpr std::string_view kItemsMember<EnrollmentGroup> = "enrollmentGroups";

struct Item {
  std::string id;
  std::string etag;  // empty = none
  std::string json;
};

Result<Mode> ParseMode(JsonView body) {
  DPS_TRY(const std::string text, body.String("mode"));
  for (const auto& [name, mode] : kModes) {
    if (EqualsIgnoreCase(name, text)) return mode;
  }
  return Fail(Errc::kInvalidArgument,
              "mode must be create, update, updateIfMatchETag or delete, not " +
                  Printable(text));
}

template <class Document>
Result<std::vector<Item>> ParseItems(JsonView body) {
  const std::string member(kItemsMember<Document>);
  DPS_TRY(const auto views, body.OptionalArray(member));
  if (views.empty() || views.size() > limits::kBulkItemsMax) {
    return Fail(Errc::kInvalidArgument,
                member + " must hold 1 to " +
                    std::to_string(limits::kBulkItemsMax) + " items, not " +
                    std::to_string(views.size()));
  }
  std::vector<Item> items;
  for (const JsonView view : views) {
    if (!view.IsObject()) {
      return Fail(Errc::kInvalidArgument, member + " must hold objects");
    }
    DPS_TRY(std::string id, view.String(EnrollmentKind<Document>::kIdMember));
    DPS_TRY(auto etag, view.OptionalString("etag"));
    items.push_back({std::move(id), std::move(etag).value_or(""), view.Text()});
  }
  return items;
}

Result<std::string> IfMatchOf(Mode mode, const Item& item) {
  switch (mode) {
    case Mode::kCreate:
      return std::string();
    case Mode::kUpdate:
    case Mode::kDelete:
      return std::string("*");
    case Mode::kUpdateIfMatchEtag:
      break;
  }
  if (!item.etag.empty()) return item.etag;
  return Fail(Errc::kInvalidArgument,
              "mode updateIfMatchETag needs an etag in each item");
}

template <class Document>
Status RunItem(const Call& call, Mode mode, const Item& item) {
  DPS_TRY(const std::string if_match, IfMatchOf(mode, item));
  Request request = call.request;
  request.headers["If-Match"] = if_match;
  request.body = item.json;
  const Call one{call.store, call.clock, call.secrets, request, item.id};
  if (mode == Mode::kDelete) {
    DPS_CHECK(DeleteEnrollment<Document>(one));
  } else {
    DPS_CHECK(PutEnrollment<Document>(one));
  }
  return {};
}

}  // namespace

template <class Document>
Result<Response> RunBulkOperation(const Call& call) {
  DPS_TRY(
      const JsonDocument body,
      JsonDocument::ParseObject(call.request.body, limits::kJsonDepthMax + 2));
  DPS_TRY(const Mode mode, ParseMode(body.root()));
  DPS_TRY(const auto items, ParseItems<Document>(body.root()));
  JsonWriter errors;
  errors.StartArray();
  bool all_done = true;
  for (const Item& item : items) {
    const Status done = RunItem<Document>(call, mode, item);
    if (done) continue;
    // The store's own trouble is the request's; what is done before stays.
    if (IsOurTrouble(done.error())) return tl::unexpected(done.error());
    all_done = false;
    errors.StartObject()
        .Member(EnrollmentKind<Document>::kIdMember, item.id)
        .Key("errorCode")
        .Int(ErrorCode(done.error().code))
        .Member("errorStatus", done.error().message)
        .EndObject();
  }
  JsonWriter json;
  json.StartObject().Key("isSuccessful").Bool(all_done);
  json.Key("errors").Raw(errors.EndArray().Take());
  return JsonResponse(json.EndObject().Take());
}

template Result<Response> RunBulkOperation<IndividualEnrollment>(const Call&);
template Result<Response> RunBulkOperation<EnrollmentGroup>(const Call&);

}  // namespace dps
