// SPDX-License-Identifier: Apache-2.0
// A request to the service API and its answer, free of any transport.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/text.h"
#include "core/model/ids.h"
#include "core/service_api/caller.h"

namespace dps {

// Header names know no case.
struct HeaderLess {
  bool operator()(std::string_view a, std::string_view b) const {
    return AsciiLower(a) < AsciiLower(b);
  }
};
using Headers = std::map<std::string, std::string, HeaderLess>;

struct Request {
  std::string method;  // upper case
  std::string path;    // as sent: percent-encoded, without the query
  std::map<std::string, std::string> query;  // decoded
  Headers headers;
  std::string body;
  // The instance the request is for: the REST server knows it from the host
  // name, dpsctl from its options. Routes under /instances need none.
  std::optional<IdScope> id_scope;
  Caller caller;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
};

// 200 with a JSON body.
inline Response JsonResponse(std::string body) {
  return {.headers = {{"Content-Type", "application/json; charset=utf-8"}},
          .body = std::move(body)};
}

// The same with the document's etag as a header, in quotes as HTTP wants it.
inline Response DocumentResponse(std::string body, std::string_view etag) {
  Response response = JsonResponse(std::move(body));
  response.headers["ETag"] = '"' + std::string(etag) + '"';
  return response;
}

// 204, the answer to every DELETE.
inline Response EmptyResponse() { return {.status = 204}; }

}  // namespace dps
