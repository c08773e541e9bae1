// SPDX-License-Identifier: Apache-2.0
// Pages of lists with a condition.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/result.h"
#include "core/service_api/paging.h"
#include "core/store/store.h"

namespace dps {

// Documents read at once, and looked at for one page: so a search over a
// million records neither keeps a view of the store open nor a client waiting.
inline constexpr std::size_t kPieceSize = 500;
inline constexpr std::size_t kLookedAtMax = 20'000;

template <class Document>
struct Fitting {
  std::vector<Document> documents;
  // Where to go on; absent when all was looked at. Then the page may be short,
  // or empty.
  std::optional<std::string> next;
};

// The documents of the page that fit. `read(page)` gives a piece of the list in
// key order, Result<std::vector<Document>>. Errors: those of `read`.
template <class Document, class Read, class Fits>
[[nodiscard]] Result<Fitting<Document>> FindFitting(Page page, Read read,
                                                    Fits fits) {
  Fitting<Document> found;
  std::string after = std::move(page.after);
  for (std::size_t looked_at = 0; looked_at < kLookedAtMax;) {
    DPS_TRY(auto piece, read(Page{.after = after, .limit = kPieceSize}));
    const bool is_last = piece.size() < kPieceSize;
    for (std::size_t i = 0; i < piece.size(); ++i) {
      ++looked_at;
      after = piece[i].key();
      if (!fits(piece[i])) continue;
      found.documents.push_back(std::move(piece[i]));
      if (found.documents.size() < page.limit) continue;
      if (!is_last || i + 1 < piece.size()) found.next = after;
      return found;
    }
    if (is_last) return found;
  }
  found.next = after;
  return found;
}

// The answer that holds them.
template <class Document, class WriteRow>
Response FittingResponse(const Fitting<Document>& found, WriteRow write_row) {
  JsonWriter rows;
  rows.StartArray();
  for (const Document& document : found.documents) {
    rows.Raw(write_row(document));
  }
  Response response = JsonResponse(rows.EndArray().Take());
  if (found.next) {
    response.headers["x-ms-continuation"] = Base64Encode(*found.next);
  }
  return response;
}

}  // namespace dps
