// SPDX-License-Identifier: Apache-2.0
// What parses as a certificate must be the same one in each of its forms, and
// show nothing that a log line cannot hold.
#include "core/base/certificate.h"

#include <algorithm>

#include "core/attestation/certificate_policy.h"
#include "core/attestation/device_certificate.h"
#include "core/base/crypto.h"
#include "core/base/limits.h"
#include "tests/fuzz/require.h"
#include "tests/support/fake_clock.h"

namespace {

void RequirePrintable(const std::string& text) {
  dps::Require(
      std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = dps::Text(data, size);
  (void)dps::Certificate::ParseChain(text);
  const auto certificate = dps::Certificate::Parse(text);
  if (!certificate) return 0;
  const std::string der = certificate->Der();
  dps::Require(der.size() <= dps::limits::kCertificateBytesMax);
  dps::Require(dps::Certificate::Parse(der) == certificate);
  dps::Require(dps::Certificate::Parse(dps::Base64Encode(der)) == certificate);
  dps::Require(dps::Certificate::FromX509(certificate->get()) == certificate);
  RequirePrintable(certificate->Subject());
  RequirePrintable(certificate->Issuer());
  const dps::CertificateInfo info = certificate->Info();
  dps::Require(info.sha256_thumbprint == certificate->thumbprint());
  dps::Require(dps::ParseUtc(dps::FormatUtc(info.not_before)) ==
               info.not_before);
  dps::Require(dps::ParseUtc(dps::FormatUtc(info.not_after)) == info.not_after);
  (void)dps::CheckKey(*certificate, {});
  (void)dps::CheckDeviceCertificate(*certificate, {}, dps::kNoon);
  return 0;
}
