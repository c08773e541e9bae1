// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/device_certificate.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <string>

#include "core/attestation/refusal.h"
#include "core/base/crypto_handle.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

// Empty when it is no text.
std::string Utf8(const ASN1_STRING* value) {
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, value);
  const OpenSslMemory<unsigned char> owner(text);
  if (size <= 0) return "";
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
}

// In UTF-8 every byte but the continuations starts a character.
std::ptrdiff_t Characters(std::string_view utf8) {
  return std::ranges::count_if(utf8, [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  });
}

Status CheckDates(const Certificate& certificate, UtcTime now) {
  if (now < certificate.not_before()) {
    return Refuse(certificate, "is not valid before " +
                                   FormatUtc(certificate.not_before()) +
                                   "; it is " + FormatUtc(now) + " now");
  }
  // The last second counts in full.
  if (now >= certificate.not_after() + std::chrono::seconds(1)) {
    return Refuse(certificate,
                  "expired at " + FormatUtc(certificate.not_after()));
  }
  return {};
}

}  // namespace

Result<RegistrationId> RegistrationIdOf(const Certificate& leaf) {
  const ErrorQueueMark mark;
  const X509_NAME* subject = X509_get_subject_name(leaf.get());
  const int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (first < 0) {
    return Refuse(leaf,
                  "has no common name (CN); it must be the device's "
                  "registration id");
  }
  if (X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0) {
    return Refuse(leaf, "has more than one common name (CN)");
  }
  const std::string name =
      Utf8(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first)));
  if (name.empty()) return Refuse(leaf, "has an empty common name (CN)");
  if (name.find('\0') != name.npos) {
    return Refuse(leaf, "has a NUL in its common name (CN)");
  }
  if (Characters(name) > std::ptrdiff_t{limits::kCertificateCommonNameMax}) {
    return Refuse(leaf, "has a common name (CN) longer than " +
                            std::to_string(limits::kCertificateCommonNameMax) +
                            " characters");
  }
  auto id = RegistrationId::Parse(name);
  if (!id) {
    return Refuse(leaf, "has no registration id as its common name (CN): " +
                            id.error().message);
  }
  return id;
}

Status CheckDeviceCertificate(const Certificate& leaf,
                              const CertificatePolicy& policy, UtcTime now) {
  const ErrorQueueMark mark;
  DPS_CHECK(CheckDates(leaf, now));
  DPS_CHECK(CheckKeyStrength(leaf, policy));
  X509* certificate = leaf.get();
  const std::uint32_t flags = X509_get_extension_flags(certificate);
  if ((flags & EXFLAG_INVALID) != 0) {
    return Refuse(leaf, "has an extension that cannot be read");
  }
  if ((flags & EXFLAG_CRITICAL) != 0) {
    return Refuse(leaf, "has a critical extension that is not known here");
  }
  // Both are all ones when the extension is absent.
  if ((X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) == 0) {
    return Refuse(leaf, "may not sign: its keyUsage lacks digitalSignature");
  }
  if ((X509_get_extended_key_usage(certificate) & XKU_SSL_CLIENT) == 0) {
    return Refuse(leaf,
                  "may not authenticate a client: its extendedKeyUsage lacks "
                  "clientAuth");
  }
  return {};
}

}  // namespace dps
