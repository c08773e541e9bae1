// SPDX-License-Identifier: Apache-2.0
// The input is the DER of a subject name. Whatever it is, the registration id
// must be valid, and the only common name there is.
#include <openssl/x509.h>

#include <algorithm>

#include "core/attestation/device_certificate.h"
#include "core/base/limits.h"
#include "tests/fuzz/anchor.h"
#include "tests/fuzz/require.h"

namespace {

int CommonNames(const X509_NAME* name) {
  int count = 0;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) == NID_commonName) {
      ++count;
    }
  }
  return count;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const unsigned char* at = data;
  X509_NAME* name = d2i_X509_NAME(nullptr, &at, static_cast<long>(size));
  if (name == nullptr) return 0;
  X509* with_name = X509_dup(dps::FuzzAnchor().get());
  X509_set_subject_name(with_name, name);
  const auto leaf = dps::Certificate::FromX509(with_name);
  if (leaf) {
    const auto id = dps::RegistrationIdOf(*leaf);
    if (id) {
      dps::Require(CommonNames(name) == 1);
      dps::Require(id->text().size() <= dps::limits::kCertificateCommonNameMax);
      dps::Require(dps::RegistrationId::Parse(id->text()) == *id);
      dps::Require(leaf->Subject().find("CN=" + id->text()) !=
                       std::string::npos ||
                   leaf->Subject().ends_with("..."));
    } else {
      dps::Require(id.error().code == dps::Errc::kInvalidCertificate);
    }
  }
  X509_free(with_name);
  X509_NAME_free(name);
  return 0;
}
