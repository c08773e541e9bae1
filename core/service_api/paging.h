// SPDX-License-Identifier: Apache-2.0
// The paging of queries: x-ms-max-item-count and x-ms-continuation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/service_api/message.h"
#include "core/store/store.h"

namespace dps {

// The page a query asks for (service-api section 7.4). The token is not tied
// to a page size. A count above limits::kQueryPageMax is cut to it. The body
// may be empty or any JSON object: DPS clients write query texts of many
// forms and all mean everything.
// Errors: kInvalidArgument (count, token), kMalformedJson (body).
enum class PageOf { kIds, kHubTasks };  // what the keys of the list are
[[nodiscard]] Result<Page> ParsePage(const Request& request,
                                     PageOf of = PageOf::kIds);

// Answers a query from a list that was read with `AndOneMore(page)`: the one
// more document tells whether there is a next page.
inline Page AndOneMore(Page page) {
  ++page.limit;
  return page;
}

template <class Document, class WriteRow>
Response PageResponse(std::vector<Document> documents, const Page& page,
                      WriteRow write_row) {
  JsonWriter rows;
  rows.StartArray();
  for (std::size_t i = 0; i < documents.size() && i < page.limit; ++i) {
    rows.Raw(write_row(documents[i]));
  }
  Response response = JsonResponse(rows.EndArray().Take());
  if (documents.size() > page.limit) {
    response.headers["x-ms-continuation"] =
        Base64Encode(documents[page.limit - 1].key());
  }
  return response;
}

}  // namespace dps
