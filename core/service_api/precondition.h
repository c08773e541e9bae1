// SPDX-License-Identifier: Apache-2.0
// If-Match: what a client demands of the document it changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/service_api/message.h"
#include "core/store/store.h"

namespace dps {

// The etag of a stored document, as Precondition wants it; nullopt if there is
// no document.
template <class Document>
std::optional<std::string> EtagOf(const std::optional<Document>& document) {
  return document ? std::optional(document->etag()) : std::nullopt;
}

// The rules of service-api section 7.3. Pure.
class Precondition {
 public:
  // Clients send an etag bare, in quotes, or with a weak prefix, and `*` bare
  // or in quotes; an empty header counts as none.
  static Precondition Of(const Headers& headers);
  // `If-Match: *`; and what no header says: a PUT takes whatever is there, be
  // it nothing.
  static Precondition Present() { return Precondition(Kind::kAny); }
  static Precondition Anything() { return Precondition(Kind::kAnything); }
  static Precondition None() { return Precondition(Kind::kNone); }

  // What the commit must find, or why the request is refused. `etag` is the
  // stored document's, nullopt if there is none; `what` names the document in
  // messages. Errors of a PUT: kConflict (exists, no If-Match), kNotFound
  // (absent, `*`), kPreconditionFailed (absent or stale, an etag). Errors of a
  // DELETE: kNotFound, kPreconditionFailed (stale), the one `etag` holds; but a
  // stored document that cannot be read (kInternal) can still be deleted by a
  // client that names no etag, or nothing would ever mend the store.
  [[nodiscard]] Result<Expect> ForPut(const std::optional<std::string>& etag,
                                      std::string_view what) const;
  [[nodiscard]] Result<Expect> ForDelete(
      const Result<std::optional<std::string>>& etag,
      std::string_view what) const;

 private:
  enum class Kind { kNone, kAny, kEtag, kAnything };

  explicit Precondition(Kind kind) : kind_(kind) {}

  [[nodiscard]] Result<Expect> ForStored(const std::string& etag,
                                         std::string_view what) const;

  Kind kind_;
  std::string etag_;
};

}  // namespace dps
