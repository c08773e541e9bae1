// SPDX-License-Identifier: Apache-2.0
#include "core/base/certificate.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <array>
#include <new>
#include <utility>

#include "core/base/certificate_fields.h"
#include "core/base/crypto.h"
#include "core/base/crypto_handle.h"
#include "core/base/text.h"

namespace dps {
namespace {

std::string DerOf(X509* certificate) {
  const int size = i2d_X509(certificate, nullptr);
  if (size <= 0) return "";
  std::string der(static_cast<std::size_t>(size), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509(certificate, &out);
  return der;
}

std::string NameDigest(const X509_NAME* name) {
  const unsigned char* der = nullptr;
  std::size_t size = 0;
  if (X509_NAME_get0_der(name, &der, &size) != 1) throw std::bad_alloc();
  return UpperHex(Sha256({reinterpret_cast<const char*>(der), size}));
}

std::string Sha1Thumbprint(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha1(), digest.data(), &size) != 1) {
    throw std::bad_alloc();  // the only way SHA-1 fails
  }
  return UpperHex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace

Certificate::Reference::Reference(x509_st* certificate)
    : certificate_(certificate) {
  X509_up_ref(certificate);
}

Certificate::Reference::Reference(const Reference& other)
    : Reference(other.certificate_) {}

Certificate::Reference::Reference(Reference&& other) noexcept
    : certificate_(std::exchange(other.certificate_, nullptr)) {}

Certificate::Reference& Certificate::Reference::operator=(
    Reference other) noexcept {
  std::swap(certificate_, other.certificate_);
  return *this;
}

Certificate::Reference::~Reference() { X509_free(certificate_); }

Certificate::Certificate(x509_st* certificate, std::string_view der)
    : reference_(certificate),
      thumbprint_(UpperHex(Sha256(der))),
      subject_digest_(NameDigest(X509_get_subject_name(certificate))),
      issuer_digest_(NameDigest(X509_get_issuer_name(certificate))) {}

Result<Certificate> Certificate::FromX509(x509_st* certificate) {
  const ErrorQueueMark mark;
  if (certificate == nullptr) {
    return Fail(Errc::kInvalidArgument, "there is no certificate");
  }
  const std::string der = DerOf(certificate);
  if (der.empty()) {
    return Fail(Errc::kInvalidArgument, "the certificate cannot be encoded");
  }
  const auto not_before = AsUtcTime(X509_get0_notBefore(certificate));
  const auto not_after = AsUtcTime(X509_get0_notAfter(certificate));
  if (!not_before || !not_after) {
    return Fail(Errc::kInvalidArgument,
                "the certificate's dates of validity are no dates");
  }
  // Reads the extensions into OpenSSL's cache, so that later calls only read.
  X509_check_purpose(certificate, -1, 0);
  Certificate result(certificate, der);
  result.not_before_ = *not_before;
  result.not_after_ = *not_after;
  return result;
}

std::string Certificate::Der() const { return DerOf(get()); }

CertificateInfo Certificate::Info() const {
  const X509* certificate = get();
  return {.subject_name = ShownName(X509_get_subject_name(certificate)),
          .sha1_thumbprint = Sha1Thumbprint(certificate),
          .sha256_thumbprint = thumbprint_,
          .issuer_name = ShownName(X509_get_issuer_name(certificate)),
          .not_before = not_before_,
          .not_after = not_after_,
          .serial_number = SerialNumber(),
          .version = static_cast<int>(X509_get_version(certificate)) + 1};
}

std::string Certificate::Subject() const {
  return LoggedName(X509_get_subject_name(get()));
}

std::string Certificate::Issuer() const {
  return LoggedName(X509_get_issuer_name(get()));
}

std::string Certificate::SerialNumber() const {
  return SerialHex(X509_get0_serialNumber(get()));
}

bool Certificate::IsSelfIssued() const {
  return subject_digest_ == issuer_digest_;
}

bool Certificate::IsCa() const {
  return X509_get_version(get()) == X509_VERSION_3 &&
         (X509_get_extension_flags(get()) & EXFLAG_CA) != 0;
}

}  // namespace dps
