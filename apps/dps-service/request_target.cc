// SPDX-License-Identifier: Apache-2.0
#include "apps/dps-service/request_target.h"

#include <utility>

#include "core/base/text.h"

namespace dps {
namespace {

Status AddParameter(std::string_view parameter, RequestTarget& target) {
  if (parameter.empty()) return {};
  const std::size_t equals = parameter.find('=');
  DPS_TRY(std::string name, PercentDecode(parameter.substr(0, equals)));
  std::string value;
  if (equals != parameter.npos) {
    DPS_TRY(value, PercentDecode(parameter.substr(equals + 1)));
  }
  const auto [place, added] =
      target.query.emplace(std::move(name), std::move(value));
  if (added) return {};
  return Fail(Errc::kInvalidArgument, "the query has the parameter " +
                                          Printable(place->first) + " twice");
}

}  // namespace

Result<RequestTarget> ParseRequestTarget(std::string_view target) {
  if (!target.starts_with('/')) {
    return Fail(Errc::kInvalidArgument,
                "the target of the request must begin with a slash");
  }
  const std::size_t question = target.find('?');
  RequestTarget parts{.path = std::string(target.substr(0, question)),
                      .query = {}};
  DPS_CHECK(PercentDecode(parts.path));
  if (question == target.npos) return parts;
  std::string_view query = target.substr(question + 1);
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    DPS_CHECK(AddParameter(query.substr(0, end), parts));
    query.remove_prefix(end == query.npos ? query.size() : end + 1);
  }
  return parts;
}

}  // namespace dps
