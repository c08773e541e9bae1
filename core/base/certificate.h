// SPDX-License-Identifier: Apache-2.0
// An X.509 certificate as a value: parsed once, readable ever after.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"

struct x509_st;  // OpenSSL's X509; users of this header need no OpenSSL

namespace dps {

// What DPS shows of a certificate. Names as `CN=dev-01, O=Contoso`, most
// specific first, UTF-8 with control characters escaped; thumbprints and the
// serial number in upper-case hex. Instants outside 1970 to 2200 are moved to
// that range's ends, for that is what UtcTime and its text can say.
struct CertificateInfo {
  std::string subject_name;
  std::string sha1_thumbprint;
  std::string sha256_thumbprint;
  std::string issuer_name;
  UtcTime not_before;
  UtcTime not_after;
  std::string serial_number;
  int version = 0;  // 1 or 3, as people count

  friend bool operator==(const CertificateInfo&,
                         const CertificateInfo&) = default;
};

// Copies share one immutable certificate, so they are cheap and may be read
// by any thread. A moved-from certificate may only be assigned or destroyed.
class Certificate {
 public:
  // Exactly one certificate: PEM with any text around it, base64 of PEM,
  // base64 of DER, or DER. Private keys and further certificates are refused,
  // as are bytes behind DER. Sizes are bounded before anything is parsed.
  // Errors: kInvalidArgument saying what is wrong.
  [[nodiscard]] static Result<Certificate> Parse(std::string_view text);

  // One or more certificates in the order of the text: PEM that holds nothing
  // else, or one in DER; either in base64 as well. Each of any size, for the
  // one who judges the chain has bounds of its own; the text and the number are
  // bounded. Errors: kInvalidArgument.
  [[nodiscard]] static Result<std::vector<Certificate>> ParseChain(
      std::string_view text);

  // Adds a reference; any size. Errors: kInvalidArgument for null and for one
  // without DER or with dates that are none.
  [[nodiscard]] static Result<Certificate> FromX509(x509_st* certificate);

  // SHA-256 over the DER, upper-case hex.
  const std::string& thumbprint() const { return thumbprint_; }
  // SHA-256 over the DER of the name, upper-case hex. Here a certificate's
  // issuer is whoever bears that very name, byte by byte, as issuers copy it:
  // a lookup by digest and a verified chain then agree.
  const std::string& subject_digest() const { return subject_digest_; }
  const std::string& issuer_digest() const { return issuer_digest_; }

  // As in CertificateInfo.
  UtcTime not_before() const { return not_before_; }
  UtcTime not_after() const { return not_after_; }

  std::string Der() const;
  CertificateInfo Info() const;

  // `CN=dev-01,O=Contoso` (RFC 2253), printable ASCII, cut when long: fit for
  // messages.
  std::string Subject() const;
  std::string Issuer() const;

  // As in CertificateInfo.
  std::string SerialNumber() const;

  // Subject and issuer are the same name, byte by byte.
  bool IsSelfIssued() const;
  // Version 3 with basicConstraints CA:TRUE. A version 1 certificate cannot
  // say that it is a CA, so it is none, self-signed or not.
  bool IsCa() const;

  // Never null; for OpenSSL, which may count references but must not change
  // it. Valid as long as this certificate.
  x509_st* get() const { return reference_.get(); }

  friend bool operator==(const Certificate& a, const Certificate& b) {
    return a.thumbprint_ == b.thumbprint_;
  }

 private:
  // One counted reference to the X509.
  class Reference {
   public:
    explicit Reference(x509_st* certificate);
    Reference(const Reference& other);
    Reference(Reference&& other) noexcept;
    Reference& operator=(Reference other) noexcept;
    ~Reference();

    x509_st* get() const { return certificate_; }

   private:
    x509_st* certificate_;
  };

  Certificate(x509_st* certificate, std::string_view der);

  Reference reference_;
  std::string thumbprint_;
  std::string subject_digest_;
  std::string issuer_digest_;
  UtcTime not_before_;
  UtcTime not_after_;
};

}  // namespace dps
