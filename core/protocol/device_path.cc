// SPDX-License-Identifier: Apache-2.0
#include "core/protocol/device_path.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/text.h"

namespace dps {
namespace {

// Three times the bytes of the longest, as if all were encoded, and some more.
constexpr std::size_t kPathMax = 1024;
constexpr std::size_t kSegmentsMax = 5;

tl::unexpected<Error> NoSuchPath() {
  return Fail(Errc::kRouteNotFound, "no such path");
}

// Cuts the first segment, with the slash before it, off `path`.
std::string_view TakeSegment(std::string_view& path) {
  if (!path.starts_with('/')) return {};
  path.remove_prefix(1);
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

Result<std::vector<std::string>> SegmentsOf(std::string_view path) {
  if (path.size() > kPathMax) return NoSuchPath();
  if (path.ends_with('/')) path.remove_suffix(1);
  std::vector<std::string> segments;
  while (!path.empty()) {
    if (segments.size() == kSegmentsMax) return NoSuchPath();
    DPS_TRY(std::string segment, PercentDecode(TakeSegment(path)));
    if (segment.empty()) return NoSuchPath();
    segments.push_back(std::move(segment));
  }
  return segments;
}

// By what stands behind the id.
Result<DevicePath::Kind> KindOfPath(const std::vector<std::string>& segments) {
  using enum DevicePath::Kind;
  if (segments.size() == 3) return kLookUp;
  if (segments.size() == 4 && EqualsIgnoreCase(segments[3], "register")) {
    return kRegister;
  }
  if (segments.size() == 5 && EqualsIgnoreCase(segments[3], "operations")) {
    return kOperation;
  }
  return NoSuchPath();
}

}  // namespace

bool IsDevicePath(std::string_view path) {
  TakeSegment(path);
  const auto second = PercentDecode(TakeSegment(path));
  return second && EqualsIgnoreCase(*second, "registrations");
}

Result<DevicePath> ParseDevicePath(std::string_view path) {
  if (!IsDevicePath(path)) return NoSuchPath();
  DPS_TRY(std::vector<std::string> segments, SegmentsOf(path));
  DPS_TRY(const DevicePath::Kind kind, KindOfPath(segments));
  DPS_TRY(IdScope scope, IdScope::Parse(segments[0]));
  DPS_TRY(RegistrationId id, RegistrationId::Parse(segments[2]));
  const bool has_operation = kind == DevicePath::Kind::kOperation;
  return DevicePath{
      .kind = kind,
      .id_scope = std::move(scope),
      .registration_id = std::move(id),
      .operation_id = has_operation ? std::move(segments[4]) : ""};
}

std::string_view MethodOf(DevicePath::Kind kind) {
  switch (kind) {
    case DevicePath::Kind::kRegister:
      return "PUT";
    case DevicePath::Kind::kOperation:
      return "GET";
    case DevicePath::Kind::kLookUp:
      return "POST";
  }
  return "";
}

std::string OperationLocation(const DevicePath& path,
                              std::string_view operation_id,
                              std::string_view api_version) {
  return "/" + PercentEncode(path.id_scope.text()) + "/registrations/" +
         PercentEncode(path.registration_id.text()) + "/operations/" +
         PercentEncode(operation_id) +
         "?api-version=" + PercentEncode(api_version);
}

}  // namespace dps
