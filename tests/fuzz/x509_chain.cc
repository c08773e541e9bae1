// SPDX-License-Identifier: Apache-2.0
// The input is what a device presents: the DER of its certificates, leaf
// first, each behind its length in two bytes, high byte first.
#include "core/attestation/x509_chain.h"

#include <algorithm>
#include <optional>

#include "tests/fuzz/anchor.h"
#include "tests/fuzz/require.h"
#include "tests/support/fake_clock.h"

namespace {

using Certificates = std::vector<dps::Certificate>;

std::optional<Certificates> Presented(std::string_view bytes) {
  Certificates presented;
  while (bytes.size() > 2 && presented.size() < 12) {
    const std::size_t size = static_cast<unsigned char>(bytes[0]) * 256U +
                             static_cast<unsigned char>(bytes[1]);
    const auto certificate = dps::Certificate::Parse(bytes.substr(2, size));
    if (!certificate) return std::nullopt;
    presented.push_back(*certificate);
    bytes.remove_prefix(std::min(2 + size, bytes.size()));
  }
  if (presented.empty()) return std::nullopt;
  return presented;
}

bool Holds(const Certificates& certificates, const dps::Certificate& one) {
  return std::ranges::find(certificates, one) != certificates.end();
}

void Verify(const dps::PresentedChain& presented, const Certificates& anchors) {
  const auto path = dps::VerifyChain(presented, anchors, {}, dps::kNoon);
  if (!path) {
    dps::Require(path.error().code == dps::Errc::kInvalidCertificate);
    return;
  }
  dps::Require(path->size() >= 2 && path->front() == presented.leaf);
  dps::Require(Holds(anchors, path->back()) &&
               !(path->back() == presented.leaf));
  for (std::size_t i = 1; i < path->size(); ++i) {
    dps::Require((*path)[i].IsCa());
    dps::Require((*path)[i].subject_digest() == (*path)[i - 1].issuer_digest());
    // Nothing above the nearest anchor.
    dps::Require(
        i + 1 == path->size() ||
        (Holds(presented.others, (*path)[i]) && !Holds(anchors, (*path)[i])));
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto certificates = Presented(dps::Text(data, size));
  if (!certificates) return 0;
  const dps::PresentedChain presented{
      .leaf = certificates->front(),
      .others = {certificates->begin() + 1, certificates->end()}};
  Verify(presented, {dps::FuzzAnchor()});
  Verify(presented, *certificates);
  return 0;
}
