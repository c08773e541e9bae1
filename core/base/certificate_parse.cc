// SPDX-License-Identifier: Apache-2.0
// The forms a certificate comes in, told apart and read.
#include <openssl/x509.h>

#include "core/base/certificate.h"
#include "core/base/certificate_pem.h"
#include "core/base/crypto.h"
#include "core/base/crypto_handle.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

tl::unexpected<Error> Invalid(std::string message) {
  return Fail(Errc::kInvalidArgument, std::move(message));
}

std::string Bytes(std::size_t count) {
  return std::to_string(count) + " bytes";
}

Result<Certificate> FromDer(std::string_view der) {
  const ErrorQueueMark mark;
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  const X509Handle parsed(
      d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (parsed == nullptr) return Invalid("not an X.509 certificate in DER");
  if (at != end) {
    return Invalid(Bytes(static_cast<std::size_t>(end - at)) +
                   " follow the certificate");
  }
  DPS_TRY(Certificate certificate, Certificate::FromX509(parsed.get()));
  // Looser encodings would give one certificate several thumbprints.
  if (certificate.Der() != der) {
    return Invalid("the certificate is not encoded in strict DER");
  }
  return certificate;
}

Result<Certificate> FromBoundedDer(std::string_view der) {
  if (der.size() <= limits::kCertificateBytesMax) return FromDer(der);
  return Invalid("the certificate is larger than " +
                 Bytes(limits::kCertificateBytesMax));
}

Status CheckIsCertificate(const PemBlock& block) {
  if (block.label.ends_with("PRIVATE KEY")) {
    return Invalid("the text holds a private key; give the certificate alone");
  }
  if (block.label == "CERTIFICATE" || block.label == "X509 CERTIFICATE") {
    return {};
  }
  return Invalid("expected a PEM block CERTIFICATE, found " +
                 Printable(block.label, 40));
}

Result<Certificate> FromPem(std::string_view text) {
  // A key and its certificate are two: told apart only when both are read.
  DPS_TRY(const auto blocks, ReadPem(text, limits::kCertificatePemBlocksMax));
  for (const PemBlock& block : blocks) {
    if (block.label.ends_with("PRIVATE KEY")) {
      DPS_CHECK(CheckIsCertificate(block));
    }
  }
  if (blocks.size() > 1) {
    return Invalid("expected one certificate, found " +
                   std::to_string(blocks.size()) + " PEM blocks");
  }
  DPS_CHECK(CheckIsCertificate(blocks.front()));
  return FromBoundedDer(blocks.front().bytes);
}

Result<std::vector<Certificate>> ChainFromPem(std::string_view text) {
  DPS_TRY(const auto blocks, ReadPem(text, limits::kCertificateChainFileMax));
  std::vector<Certificate> chain;
  chain.reserve(blocks.size());
  for (const PemBlock& block : blocks) {
    DPS_CHECK(CheckIsCertificate(block));
    DPS_TRY(Certificate certificate, FromDer(block.bytes));
    chain.push_back(std::move(certificate));
  }
  return chain;
}

// PEM or DER, with the base64 around it taken off.
struct Unwrapped {
  bool is_pem;
  std::string bytes;
};

Result<Unwrapped> Unwrap(std::string_view text) {
  const bool is_der = LooksLikeDer(text);
  if (is_der || LooksLikePem(text))
    return Unwrapped{!is_der, std::string(text)};
  auto decoded = Base64DecodeFolded(text);
  if (!decoded || decoded->empty()) {
    return Invalid("not a certificate: neither PEM nor base64 nor DER");
  }
  const bool is_pem = !LooksLikeDer(*decoded) && LooksLikePem(*decoded);
  return Unwrapped{is_pem, *std::move(decoded)};
}

}  // namespace

Result<Certificate> Certificate::Parse(std::string_view text) {
  if (text.empty()) return Invalid("the certificate is empty");
  if (text.size() > limits::kCertificateTextBytesMax) {
    return Invalid("the text of the certificate is larger than " +
                   Bytes(limits::kCertificateTextBytesMax));
  }
  DPS_TRY(const Unwrapped form, Unwrap(text));
  return form.is_pem ? FromPem(form.bytes) : FromBoundedDer(form.bytes);
}

Result<std::vector<Certificate>> Certificate::ParseChain(
    std::string_view text) {
  if (text.size() > limits::kCertificateChainFileBytesMax) {
    return Invalid("the text of the chain is larger than " +
                   Bytes(limits::kCertificateChainFileBytesMax));
  }
  DPS_TRY(const Unwrapped form, Unwrap(text));
  if (form.is_pem) return ChainFromPem(form.bytes);
  DPS_TRY(Certificate only, FromDer(form.bytes));
  return std::vector{std::move(only)};
}

}  // namespace dps
