// SPDX-License-Identifier: Apache-2.0
#include "tests/support/test_ca.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>

#include "core/base/crypto_handle.h"

namespace dps {
namespace {

using KeyHandle = Handle<EVP_PKEY, EVP_PKEY_free>;
using OwnedExtension = Handle<X509_EXTENSION, X509_EXTENSION_free>;
using FileHandle = Handle<FILE, fclose>;

constexpr long kValidSeconds = 86'400;

struct Subject {
  const char* name;
  long serial;
  const char* basic_constraints;
  const char* alternative_names;  // nullptr = none
};

bool AddExtension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const OwnedExtension extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension != nullptr &&
         X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool SetName(X509_NAME* name, const char* text) {
  return X509_NAME_add_entry_by_txt(
             name, "CN", MBSTRING_ASC,
             reinterpret_cast<const unsigned char*>(text), -1, -1, 0) == 1;
}

// Signed by `issuer_key` in the name of `issuer`; itself when that is null.
X509Handle Issue(const Subject& subject, EVP_PKEY* key, X509* issuer,
                 EVP_PKEY* issuer_key) {
  X509Handle certificate(X509_new());
  X509* raw = certificate.get();
  X509_set_version(raw, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), subject.serial);
  X509_gmtime_adj(X509_getm_notBefore(raw), -kValidSeconds);
  X509_gmtime_adj(X509_getm_notAfter(raw), kValidSeconds);
  const bool named = SetName(X509_get_subject_name(raw), subject.name);
  X509_set_issuer_name(raw,
                       X509_get_subject_name(issuer == nullptr ? raw : issuer));
  X509_set_pubkey(raw, key);
  const bool extended =
      AddExtension(raw, NID_basic_constraints, subject.basic_constraints) &&
      (subject.alternative_names == nullptr ||
       AddExtension(raw, NID_subject_alt_name, subject.alternative_names));
  if (!named || !extended || X509_sign(raw, issuer_key, EVP_sha256()) == 0) {
    return nullptr;
  }
  return certificate;
}

bool WriteCertificate(const std::string& file, X509* certificate) {
  const FileHandle out(std::fopen(file.c_str(), "w"));
  return out != nullptr && PEM_write_X509(out.get(), certificate) == 1;
}

bool WriteKey(const std::string& file, EVP_PKEY* key) {
  const FileHandle out(std::fopen(file.c_str(), "w"));
  return out != nullptr &&
         PEM_write_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr,
                              nullptr) == 1;
}

}  // namespace

Result<TestCa> MakeTestCa(const std::string& directory) {
  const TestCa files{.ca_file = directory + "/ca.crt",
                     .certificate_file = directory + "/server.crt",
                     .key_file = directory + "/server.key"};
  const KeyHandle ca_key(EVP_EC_gen("P-256"));
  const KeyHandle key(EVP_EC_gen("P-256"));
  const X509Handle ca = Issue({.name = "mosquitto-dps test CA",
                               .serial = 1,
                               .basic_constraints = "critical,CA:TRUE",
                               .alternative_names = nullptr},
                              ca_key.get(), nullptr, ca_key.get());
  const X509Handle server =
      Issue({.name = "localhost",
             .serial = 2,
             .basic_constraints = "critical,CA:FALSE",
             .alternative_names =
                 "DNS:localhost,IP:127.0.0.1,IP:127.0.0.2,IP:127.0.0.3,"
                 "IP:127.0.0.4,IP:127.0.0.5"},
            key.get(), ca.get(), ca_key.get());
  if (ca == nullptr || server == nullptr ||
      !WriteCertificate(files.ca_file, ca.get()) ||
      !WriteCertificate(files.certificate_file, server.get()) ||
      !WriteKey(files.key_file, key.get())) {
    return Fail(Errc::kUnavailable, "cannot make the test CA");
  }
  return files;
}

}  // namespace dps
