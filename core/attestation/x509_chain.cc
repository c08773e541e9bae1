// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/x509_chain.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>

#include "core/attestation/device_certificate.h"
#include "core/attestation/refusal.h"
#include "core/attestation/x509_path.h"
#include "core/base/crypto_handle.h"

namespace dps {
namespace {

struct StackFree {  // sk_X509_free is a macro
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using StackHandle = std::unique_ptr<STACK_OF(X509), StackFree>;
using StoreHandle = Handle<X509_STORE, X509_STORE_free>;
using ContextHandle = Handle<X509_STORE_CTX, X509_STORE_CTX_free>;

// Makes OpenSSL walk the path that was found, step by step: left to itself it
// might take another certificate of the same name.
int IsNextOnPath(X509_STORE_CTX* context, X509* subject, X509* issuer) {
  const auto& path = *static_cast<const CertificationPath*>(
      X509_STORE_CTX_get_app_data(context));
  const auto at = std::ranges::find(path, subject, &Certificate::get);
  return at != path.end() && at + 1 != path.end() && (at + 1)->get() == issuer
             ? 1
             : 0;
}

StackHandle StackOf(std::span<const Certificate> certificates) {
  StackHandle stack(sk_X509_new_null());
  for (const Certificate& certificate : certificates) {
    if (sk_X509_push(stack.get(), certificate.get()) == 0) {
      throw std::bad_alloc();
    }
  }
  return stack;
}

std::string WhyNotValid(int error, const Certificate& certificate,
                        const std::string& issuer) {
  switch (error) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "is not valid before " + FormatUtc(certificate.not_before());
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "expired at " + FormatUtc(certificate.not_after());
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "was not signed by " + issuer +
             ": the signature does not match (another key of that name?)";
    case X509_V_ERR_INVALID_CA:
      return "may not issue certificates: it is no CA, or its keyUsage lacks "
             "keyCertSign";
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
      return "allows fewer intermediate certificates below it (path length)";
    case X509_V_ERR_INVALID_PURPOSE:
      return "may not be used for clients: its extendedKeyUsage lacks "
             "clientAuth";
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
      return "has a critical extension that is not known here";
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_EE_KEY_TOO_SMALL:
      return "has a key too weak for the security level";
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return "is signed with a digest too weak for the security level";
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
      return "has a name that a CA above it does not permit (name constraints)";
    default:
      return std::string("is not valid: ") +
             X509_verify_cert_error_string(error);
  }
}

Status WhyRefused(X509_STORE_CTX* context, const CertificationPath& path) {
  const int error = X509_STORE_CTX_get_error(context);
  const auto at = std::ranges::find(
      path, X509_STORE_CTX_get_current_cert(context), &Certificate::get);
  if (at == path.end()) {
    return Refuse("the chain of " + path.front().Subject() +
                  " is not valid: " + X509_verify_cert_error_string(error));
  }
  const bool is_anchor = at + 1 == path.end();
  return Refuse((is_anchor ? "the enrolled " : "") + at->Subject() + " " +
                WhyNotValid(error, *at, at->Issuer()));
}

Status VerifyPath(const CertificationPath& path,
                  const CertificatePolicy& policy, UtcTime now) {
  const std::span<const Certificate> all(path);
  const StackHandle untrusted = StackOf(all.first(all.size() - 1));
  const StackHandle trusted = StackOf(all.last(1));
  const StoreHandle store(X509_STORE_new());
  const ContextHandle context(X509_STORE_CTX_new());
  if (store == nullptr || context == nullptr) throw std::bad_alloc();
  X509_STORE_set_check_issued(store.get(), IsNextOnPath);
  if (X509_STORE_CTX_init(context.get(), store.get(), path.front().get(),
                          untrusted.get()) != 1) {
    throw std::bad_alloc();
  }
  X509_STORE_CTX_set_app_data(context.get(),
                              const_cast<CertificationPath*>(&path));
  X509_STORE_CTX_set0_trusted_stack(context.get(), trusted.get());
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  // X509_V_FLAG_X509_STRICT would refuse what `openssl x509 -req` makes:
  // certificates without key ids. CheckKey() and IsCa() stand in for the rest.
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(parameters, policy.security_level);
  X509_VERIFY_PARAM_set_depth(parameters, static_cast<int>(path.size()));
  X509_VERIFY_PARAM_set_time(
      parameters,
      std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  if (X509_verify_cert(context.get()) == 1) return {};
  return WhyRefused(context.get(), path);
}

}  // namespace

Status CheckCount(std::size_t presented, std::size_t chain_max) {
  if (presented <= chain_max) return {};
  return Refuse(std::to_string(presented) + " certificates are presented, " +
                std::to_string(chain_max) + " are allowed");
}

Status CheckPresented(const PresentedChain& presented,
                      const CertificatePolicy& policy) {
  DPS_CHECK(CheckCount(presented.others.size() + 1, policy.chain_max));
  DPS_CHECK(CheckKey(presented.leaf, policy));
  for (const Certificate& other : presented.others) {
    DPS_CHECK(CheckKey(other, policy));
  }
  return {};
}

Result<std::vector<Certificate>> VerifyChain(
    const PresentedChain& presented, std::span<const Certificate> anchors,
    const CertificatePolicy& policy, UtcTime now) {
  return ChainVerifier(presented, policy, now).Verify(anchors);
}

Status ChainVerifier::CheckOnce() {
  if (!checked_) {
    checked_ = CheckPresented(presented_, policy_).and_then([&] {
      return CheckDeviceCertificate(presented_.leaf, policy_, now_);
    });
  }
  return *checked_;
}

Result<std::vector<Certificate>> ChainVerifier::Verify(
    std::span<const Certificate> anchors) {
  const ErrorQueueMark mark;
  DPS_CHECK(CheckOnce());
  DPS_TRY(CertificationPath path, FindPath({.presented = presented_,
                                            .anchors = anchors,
                                            .policy = policy_,
                                            .now = now_},
                                           signatures_));
  for (const Certificate& issuer : std::span(path).subspan(1)) {
    if (!issuer.IsCa()) {
      return Refuse(issuer.Subject() +
                    " may not issue certificates: it is no CA "
                    "(basicConstraints CA:TRUE)");
    }
  }
  DPS_CHECK(signatures_.Spend(path.size() - 1));
  DPS_CHECK(VerifyPath(path, policy_, now_));
  return path;
}

}  // namespace dps
