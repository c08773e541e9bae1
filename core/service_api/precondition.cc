// SPDX-License-Identifier: Apache-2.0
#include "core/service_api/precondition.h"

namespace dps {
namespace {

// An etag without weak prefix and quotes; stored ones may have quotes too.
std::string_view Bare(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  return etag;
}

}  // namespace

Precondition Precondition::Of(const Headers& headers) {
  Precondition precondition(Kind::kNone);
  const auto header = headers.find("If-Match");
  if (header == headers.end() || header->second.empty()) return precondition;
  precondition.etag_ = Bare(header->second);
  precondition.kind_ = precondition.etag_ == "*" ? Kind::kAny : Kind::kEtag;
  return precondition;
}

Result<Expect> Precondition::ForPut(const std::optional<std::string>& etag,
                                    std::string_view what) const {
  if (!etag && (kind_ == Kind::kNone || kind_ == Kind::kAnything)) {
    return Expect::Absent();
  }
  if (!etag && kind_ == Kind::kAny) {
    return Fail(Errc::kNotFound, "there is no " + std::string(what));
  }
  if (!etag) {
    return Fail(Errc::kPreconditionFailed,
                "If-Match holds an etag, but there is no " + std::string(what));
  }
  if (kind_ == Kind::kNone) {
    return Fail(Errc::kConflict, std::string(what) + " exists already");
  }
  return ForStored(*etag, what);
}

Result<Expect> Precondition::ForDelete(
    const Result<std::optional<std::string>>& etag,
    std::string_view what) const {
  if (!etag && etag.error().code == Errc::kInternal && kind_ != Kind::kEtag) {
    return Expect::Present();
  }
  DPS_TRY(const auto stored, etag);
  if (!stored) return Fail(Errc::kNotFound, "there is no " + std::string(what));
  return ForStored(*stored, what);
}

Result<Expect> Precondition::ForStored(const std::string& etag,
                                       std::string_view what) const {
  if (kind_ == Kind::kEtag && etag_ != Bare(etag)) {
    return Fail(Errc::kPreconditionFailed,
                std::string(what) +
                    " has another etag: it was changed since it was read");
  }
  return Expect::Etag(etag);
}

}  // namespace dps
