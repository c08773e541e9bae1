// SPDX-License-Identifier: Apache-2.0
// The forms a certificate comes in, told apart and read.
#include <openssl/x509.h>

#include "core/base/certificate.h"
#include "core/base/certificate_fields.h"
#include "core/base/crypto.h"
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
  if (der.size() > limits::kCertificateBytesMax) {
    return Invalid("the certificate is larger than " +
                   Bytes(limits::kCertificateBytesMax));
  }
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

Result<Certificate> FromBlock(const PemBlock& block) {
  if (block.label.ends_with("PRIVATE KEY")) {
    return Invalid("the text holds a private key; give the certificate alone");
  }
  if (block.label != "CERTIFICATE" && block.label != "X509 CERTIFICATE") {
    return Invalid("expected a PEM block CERTIFICATE, found " +
                   Printable(block.label, 40));
  }
  return FromDer(block.bytes);
}

Result<Certificate> FromPem(std::string_view text) {
  // A key and its certificate are two: told apart only when both are read.
  constexpr std::size_t kBlocksMax = 100;
  DPS_TRY(const auto blocks, ReadPem(text, kBlocksMax));
  for (const PemBlock& block : blocks) {
    if (block.label.ends_with("PRIVATE KEY")) {
      DPS_CHECK(FromBlock(block));
    }
  }
  if (blocks.size() > 1) {
    return Invalid("expected one certificate, found " +
                   std::to_string(blocks.size()) + " PEM blocks");
  }
  return FromBlock(blocks.front());
}

Result<Certificate> FromBase64(std::string_view text) {
  const auto bytes = Base64DecodeFolded(text);
  if (!bytes || bytes->empty()) {
    return Invalid("not a certificate: neither PEM nor base64 nor DER");
  }
  return LooksLikeDer(*bytes) || !LooksLikePem(*bytes) ? FromDer(*bytes)
                                                       : FromPem(*bytes);
}

}  // namespace

Result<Certificate> Certificate::Parse(std::string_view text) {
  if (text.empty()) return Invalid("the certificate is empty");
  if (text.size() > limits::kCertificateTextBytesMax) {
    return Invalid("the text of the certificate is larger than " +
                   Bytes(limits::kCertificateTextBytesMax));
  }
  if (LooksLikeDer(text)) return FromDer(text);
  return LooksLikePem(text) ? FromPem(text) : FromBase64(text);
}

Result<std::vector<Certificate>> Certificate::ParseChain(std::string_view pem) {
  if (pem.size() > limits::kCertificateChainFileBytesMax) {
    return Invalid("the text of the chain is larger than " +
                   Bytes(limits::kCertificateChainFileBytesMax));
  }
  DPS_TRY(const auto blocks, ReadPem(pem, limits::kCertificateChainFileMax));
  std::vector<Certificate> chain;
  chain.reserve(blocks.size());
  for (const PemBlock& block : blocks) {
    DPS_TRY(Certificate certificate, FromBlock(block));
    chain.push_back(std::move(certificate));
  }
  return chain;
}

}  // namespace dps
