// SPDX-License-Identifier: Apache-2.0
#include "plugin/tls_hook_judgement.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/limits.h"

namespace dps {
namespace {

void FreeJudgement(void*, void* judgement, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Judgement*>(judgement);
}

int Place() {
  static const int place =
      X509_get_ex_new_index(0, nullptr, nullptr, nullptr, FreeJudgement);
  return place;
}

// A saved chain is this and then DER after DER.
constexpr std::string_view kMark = "dps1";

// Takes the first DER value off the front; empty if there is none.
std::string_view TakeDer(std::string_view& data) {
  const auto* const begin = reinterpret_cast<const unsigned char*>(data.data());
  const auto* content = begin;
  long size = 0;
  int tag = 0;
  int tag_class = 0;
  const int flags = ASN1_get_object(&content, &size, &tag, &tag_class,
                                    static_cast<long>(data.size()));
  if ((flags & 0x80) != 0) return {};
  const std::string_view der =
      data.substr(0, static_cast<std::size_t>(content - begin + size));
  data.remove_prefix(der.size());
  return der;
}

}  // namespace

void ReserveJudgements() { Place(); }

bool Attach(X509* leaf, Judgement judgement) {
  auto owned = std::make_unique<Judgement>(std::move(judgement));
  const Judgement* previous = JudgementOf(leaf);
  if (X509_set_ex_data(leaf, Place(), owned.get()) != 1) return false;
  static_cast<void>(owned.release());  // the leaf's now
  delete previous;
  return true;
}

const Judgement* JudgementOf(const X509* leaf) {
  return static_cast<const Judgement*>(X509_get_ex_data(leaf, Place()));
}

void SaveChain(SSL_SESSION* session) {
  const X509* leaf = SSL_SESSION_get0_peer(session);
  if (leaf == nullptr) return;
  const Judgement* judgement = JudgementOf(leaf);
  if (judgement == nullptr || judgement->voucher != Voucher::kDps) return;
  std::string data(kMark);
  for (const Certificate& other : judgement->others) data += other.Der();
  if (data.size() > kMark.size() + limits::kTicketChainBytesMax) return;
  SSL_SESSION_set1_ticket_appdata(session, data.data(), data.size());
}

Result<PresentedChain> SavedChain(SSL_SESSION* session,
                                  CertificateCache& read_before) {
  void* bytes = nullptr;
  std::size_t size = 0;
  SSL_SESSION_get0_ticket_appdata(session, &bytes, &size);
  std::string_view data(static_cast<const char*>(bytes), size);
  if (!data.starts_with(kMark)) {
    return Fail(Errc::kUnauthenticated, "the ticket resumes nothing");
  }
  data.remove_prefix(kMark.size());
  DPS_TRY(Certificate leaf,
          Certificate::FromX509(SSL_SESSION_get0_peer(session)));
  PresentedChain chain{.leaf = std::move(leaf), .others = {}};
  while (!data.empty()) {
    DPS_TRY(Certificate certificate, read_before.Parse(TakeDer(data)));
    chain.others.push_back(std::move(certificate));
  }
  return chain;
}

}  // namespace dps
