// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/x509_path.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <optional>
#include <string>

#include "core/attestation/refusal.h"
#include "core/base/crypto_handle.h"

namespace dps {
namespace {

// By name, key ids and kind of signature; not yet by the signature.
bool MayHaveIssued(const Certificate& issuer, const Certificate& subject) {
  if (issuer.subject_digest() != subject.issuer_digest()) return false;
  const int verdict = X509_check_issued(issuer.get(), subject.get());
  // An issuer that may not sign is still the one to complain about.
  return verdict == X509_V_OK || verdict == X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
}

// Finds the shortest path from the leaf to an anchor, level by level, so that
// neither the order of what is presented nor a loop in it matters. Every
// presented certificate is looked at once.
class PathSearch {
 public:
  PathSearch(const PathQuery& query, Signatures& signatures)
      : query_(query), signatures_(signatures) {
    steps_.push_back({.certificate = &query.presented.leaf, .below = 0});
  }

  Result<CertificationPath> Run() {
    may_end_ = MayEnd();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const bool is_only = i + 1 == steps_.size();
      DPS_TRY(const Candidates candidates,
              CandidatesFor(*steps_[i].certificate, is_only));
      if (!candidates.anchors.empty()) {
        return PathUpTo(i, *candidates.anchors.front());
      }
      for (const Certificate* issuer : candidates.presented) {
        steps_.push_back({.certificate = issuer, .below = i});
      }
      if (candidates.unsigned_by_all) false_issuer_ = i;
    }
    return Refuse(WhyNone());
  }

 private:
  struct Step {
    const Certificate* certificate;
    std::size_t below;  // the step whose certificate this one issued
  };
  struct Candidates {
    std::vector<const Certificate*> anchors;
    std::vector<const Certificate*> presented;
    bool unsigned_by_all = false;
  };

  // Whether an anchor may have issued anything presented. If none has, who
  // presents it is a stranger, for whom no signature is computed.
  bool MayEnd() const {
    const PresentedChain& presented = query_.presented;
    return std::ranges::any_of(query_.anchors, [&](const Certificate& anchor) {
      return MayHaveIssued(anchor, presented.leaf) ||
             std::ranges::any_of(presented.others,
                                 [&](const Certificate& other) {
                                   return MayHaveIssued(anchor, other);
                                 });
    });
  }

  // `is_only`: no other step is left.
  Result<Candidates> CandidatesFor(const Certificate& subject, bool is_only) {
    Candidates found;
    found.anchors = AnchorsFor(subject);
    for (const Certificate& other : query_.presented.others) {
      if (!Seen(other) && MayHaveIssued(other, subject) &&
          !IsAmong(found.anchors, other)) {
        found.presented.push_back(&other);
      }
    }
    // One candidate is the issuer or there is none: VerifyChain() will tell,
    // unless another step might lead to an anchor.
    // What bears its issuer's name may also have issued itself.
    const std::size_t candidates = found.anchors.size() +
                                   found.presented.size() +
                                   (subject.IsSelfIssued() ? 1 : 0);
    if (may_end_ && (candidates > 1 || !is_only)) {
      DPS_CHECK(KeepSigners(found.anchors, subject));
      DPS_CHECK(KeepSigners(found.presented, subject));
      found.unsigned_by_all = candidates > 0 && found.anchors.empty() &&
                              found.presented.empty() &&
                              !subject.IsSelfIssued();
    }
    const auto by_rank = [&](const Certificate* a, const Certificate* b) {
      return Rank(*a) < Rank(*b);
    };
    std::ranges::stable_sort(found.anchors, by_rank);
    std::ranges::stable_sort(found.presented, by_rank);
    return found;
  }

  std::vector<const Certificate*> AnchorsFor(const Certificate& subject) {
    std::vector<const Certificate*> anchors;
    for (const Certificate& anchor : query_.anchors) {
      if (anchor == query_.presented.leaf || !MayHaveIssued(anchor, subject) ||
          signatures_.IsRefuted(anchor, subject)) {
        continue;
      }
      if (const Status usable = CheckKey(anchor, query_.policy)) {
        anchors.push_back(&anchor);
      } else {
        unusable_anchor_ = usable.error().message;
      }
    }
    return anchors;
  }

  static bool IsAmong(const std::vector<const Certificate*>& certificates,
                      const Certificate& one) {
    return std::ranges::any_of(
        certificates, [&](const Certificate* each) { return *each == one; });
  }

  Status KeepSigners(std::vector<const Certificate*>& issuers,
                     const Certificate& subject) const {
    std::vector<const Certificate*> signers;
    for (const Certificate* issuer : issuers) {
      DPS_TRY(const bool is_signer, signatures_.Signed(*issuer, subject));
      if (is_signer) signers.push_back(issuer);
    }
    issuers = std::move(signers);
    return {};
  }

  // Of issuers with one name and one key, the least is taken.
  int Rank(const Certificate& issuer) const {
    const bool usable = issuer.IsCa() && issuer.not_before() <= query_.now &&
                        query_.now <= issuer.not_after();
    const bool is_presented =
        std::ranges::find(query_.presented.others, issuer) !=
        query_.presented.others.end();
    return (usable ? 0 : 2) + (is_presented ? 0 : 1);
  }

  bool Seen(const Certificate& certificate) const {
    return std::ranges::any_of(steps_, [&](const Step& step) {
      return *step.certificate == certificate;
    });
  }

  CertificationPath PathUpTo(std::size_t step,
                             const Certificate& anchor) const {
    CertificationPath path = {anchor};
    for (; step != 0; step = steps_[step].below) {
      path.push_back(*steps_[step].certificate);
    }
    path.push_back(query_.presented.leaf);
    std::ranges::reverse(path);
    return path;
  }

  // Of its issuer, but not the issuer.
  bool HasNamesake(const Certificate& subject) const {
    const auto is_one = [&](const Certificate& other) {
      return !(other == subject) &&
             other.subject_digest() == subject.issuer_digest() &&
             !MayHaveIssued(other, subject);
    };
    return std::ranges::any_of(query_.anchors, is_one) ||
           std::ranges::any_of(query_.presented.others, is_one);
  }

  std::string WhyNone() const {
    if (!unusable_anchor_.empty()) return "the enrolled " + unusable_anchor_;
    if (false_issuer_) {
      const Certificate& subject = *steps_[*false_issuer_].certificate;
      return subject.Subject() + " was not signed by any certificate named " +
             subject.Issuer() + " that is presented or enrolled";
    }
    const Certificate& last = *steps_.back().certificate;
    if (std::ranges::find(query_.anchors, last) != query_.anchors.end()) {
      return last.Subject() +
             " is enrolled as a CA, not as a device's own certificate";
    }
    if (HasNamesake(last)) {
      return "the chain ends at " + last.Subject() +
             ", which no certificate named " + last.Issuer() +
             " can have signed: their keys or key identifiers do not fit";
    }
    if (last.IsSelfIssued()) {
      return "the chain ends at the self-signed " + last.Subject() +
             ", which is not enrolled";
    }
    return "the chain ends at " + last.Subject() + ", issued by " +
           last.Issuer() + ", which is neither enrolled nor presented";
  }

  const PathQuery& query_;
  Signatures& signatures_;
  bool may_end_ = false;
  std::vector<Step> steps_;
  std::optional<std::size_t> false_issuer_;
  std::string unusable_anchor_;  // and why CheckKey() refused it
};

}  // namespace

Result<std::vector<Certificate>> FindPath(const PathQuery& query,
                                          Signatures& signatures) {
  const ErrorQueueMark mark;
  return PathSearch(query, signatures).Run();
}

}  // namespace dps
