// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/verified_chains.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/crypto.h"

namespace dps {
namespace {

// Everything VerifyChain() gets to see, in the order of `path`.
std::vector<const Certificate*> AllOf(const PresentedChain& presented,
                                      std::span<const Certificate> anchors) {
  std::vector<const Certificate*> all{&presented.leaf};
  for (const Certificate& other : presented.others) all.push_back(&other);
  for (const Certificate& anchor : anchors) all.push_back(&anchor);
  return all;
}

std::string KeyOf(const std::vector<const Certificate*>& all,
                  std::size_t presented, const CertificatePolicy& policy) {
  std::string text;
  for (const Certificate* certificate : all) text += certificate->thumbprint();
  for (const std::size_t number :
       {presented, static_cast<std::size_t>(policy.security_level),
        static_cast<std::size_t>(policy.rsa_bits_max), policy.chain_max}) {
    text += ' ' + std::to_string(number);
  }
  return Sha256(text);
}

}  // namespace

Result<std::vector<Certificate>> VerifiedChains::Verify(
    ChainVerifier& verifier, std::span<const Certificate> anchors) {
  const PresentedChain& presented = verifier.presented();
  const UtcTime now = verifier.now();
  const auto all = AllOf(presented, anchors);
  if (all.size() > std::numeric_limits<std::uint8_t>::max()) {
    return verifier.Verify(anchors);
  }
  std::string key = KeyOf(all, 1 + presented.others.size(), verifier.policy());
  const Known* known = Find(key);
  if (known != nullptr && known->from <= now && now < known->until) {
    std::vector<Certificate> path;
    for (const std::uint8_t place : known->path) path.push_back(*all[place]);
    return path;
  }
  DPS_TRY(auto path, verifier.Verify(anchors));
  Known verified{.path = {}, .from = UtcTime::min(), .until = UtcTime::max()};
  for (const Certificate& certificate : path) {
    const auto at = std::ranges::find_if(
        all, [&](const Certificate* each) { return *each == certificate; });
    verified.path.push_back(static_cast<std::uint8_t>(at - all.begin()));
  }
  // A certificate is valid at its not_after, to the second.
  for (const Certificate* certificate : all) {
    for (const UtcTime turn :
         {certificate->not_before(),
          certificate->not_after() + std::chrono::seconds(1)}) {
      if (turn <= now) verified.from = std::max(verified.from, turn);
      if (turn > now) verified.until = std::min(verified.until, turn);
    }
  }
  if (recent_.size() >= max_) {
    older_ = std::exchange(recent_, {});
  }
  recent_.insert_or_assign(std::move(key), std::move(verified));
  return path;
}

void VerifiedChains::Clear() {
  recent_.clear();
  older_.clear();
}

const VerifiedChains::Known* VerifiedChains::Find(
    const std::string& key) const {
  for (const Chains* chains : {&recent_, &older_}) {
    const auto found = chains->find(key);
    if (found != chains->end()) return &found->second;
  }
  return nullptr;
}

}  // namespace dps
