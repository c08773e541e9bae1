// SPDX-License-Identifier: Apache-2.0
#include "tests/support/certificate_forge.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>

#include "core/base/crypto_handle.h"

namespace dps {
namespace {

using NameHandle = Handle<X509_NAME, X509_NAME_free>;
using ExtensionHandle = Handle<X509_EXTENSION, X509_EXTENSION_free>;

// An OID of nobody's; NULL as its value.
constexpr const char* kUnknownExtension = "1.3.6.1.4.1.55555.1";

void AddNames(X509_NAME* name, const CertificateSpec& spec) {
  int set = 0;  // a new RDN
  for (const std::string& text : spec.common_names) {
    MustForge(X509_NAME_add_entry_by_NID(
                  name, NID_commonName, spec.common_name_type,
                  reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()), -1, set) == 1,
              "a common name");
    if (spec.names_in_one_rdn) set = -1;  // join the RDN before
  }
  if (spec.organization.empty()) return;
  MustForge(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(
                                           spec.organization.c_str()),
                                       -1, -1, 0) == 1,
            "an organization");
}

NameHandle NameOf(const std::string& common_name) {
  NameHandle name(X509_NAME_new());
  AddNames(name.get(), {.common_names = {common_name}});
  return name;
}

void SetTime(ASN1_TIME* time, UtcTime when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  MustForge(ASN1_TIME_set(time, seconds.time_since_epoch().count()) != nullptr,
            "a date");
}

ExtensionHandle UnknownExtension(const char* oid) {
  const Handle<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(oid, 1));
  const Handle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free> value(
      ASN1_OCTET_STRING_new());
  constexpr std::array<unsigned char, 2> kNullDer = {5, 0};
  ASN1_OCTET_STRING_set(value.get(), kNullDer.data(), kNullDer.size());
  return ExtensionHandle(
      X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 1, value.get()));
}

std::string AlternativeNames(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += (i == 0 ? "DNS:" : ",DNS:") + std::to_string(i) + ".example.com";
  }
  return text;
}

void AddExtensions(X509* certificate, X509* issuer,
                   const CertificateSpec& spec) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const auto add = [&](int nid, const std::string& value) {
    if (value.empty()) return;
    const ExtensionHandle extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    MustForge(extension != nullptr &&
                  X509_add_ext(certificate, extension.get(), -1) == 1,
              value.c_str());
  };
  add(NID_basic_constraints, spec.basic_constraints);
  add(NID_key_usage, spec.key_usage);
  add(NID_ext_key_usage, spec.extended_key_usage);
  add(NID_name_constraints, spec.name_constraints);
  add(NID_subject_alt_name, AlternativeNames(spec.alternative_names));
  if (spec.key_ids) {
    add(NID_subject_key_identifier, "hash");
    add(NID_authority_key_identifier, "keyid:always");
  }
  if (spec.unknown_critical_extension) {
    X509_add_ext(certificate, UnknownExtension(kUnknownExtension).get(), -1);
  }
}

// Ed25519 hashes by itself.
const EVP_MD* DigestFor(const EVP_PKEY* key, const char* name) {
  const int kind = EVP_PKEY_get_base_id(key);
  const bool has_its_own = kind == EVP_PKEY_ED25519 || kind == EVP_PKEY_ED448;
  return has_its_own ? nullptr : EVP_get_digestbyname(name);
}

template <auto kWrite, class... Arguments>
std::string PemOf(Arguments... arguments) {
  const Handle<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
  MustForge(kWrite(out.get(), arguments...) == 1, "PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Forged Forge(const CertificateSpec& spec) {
  const ForgedKey key = spec.key == nullptr ? ForgeKey() : spec.key;
  const X509Handle certificate(X509_new());
  X509* raw = certificate.get();
  X509* issuer = spec.issuer == nullptr ? raw : spec.issuer->certificate.get();
  EVP_PKEY* signer =
      spec.issuer == nullptr ? key.get() : spec.issuer->key.get();
  X509_set_version(raw, spec.version - 1);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), spec.serial);
  SetTime(X509_getm_notBefore(raw), spec.not_before);
  SetTime(X509_getm_notAfter(raw), spec.not_after);
  AddNames(X509_get_subject_name(raw), spec);
  X509_set_issuer_name(raw, spec.issuer_name.empty()
                                ? X509_get_subject_name(issuer)
                                : NameOf(spec.issuer_name).get());
  MustForge(X509_set_pubkey(raw, key.get()) == 1, "the public key");
  AddExtensions(raw, issuer, spec);
  MustForge(X509_sign(raw, signer, DigestFor(signer, spec.digest)) > 0,
            "a signature");
  // Through DER, as a certificate from outside comes.
  unsigned char* der = nullptr;
  const int size = i2d_X509(raw, &der);
  const unsigned char* at = der;
  const X509Handle parsed(d2i_X509(nullptr, &at, size));
  OPENSSL_free(der);
  auto forged = Certificate::FromX509(parsed.get());
  MustForge(forged.has_value(), "a certificate");
  return {.certificate = *forged, .key = key};
}

CertificateSpec CaSpec(const std::string& name, const Forged* issuer) {
  return {.common_names = {name},
          .issuer = issuer,
          .basic_constraints = "critical,CA:TRUE",
          .key_usage = "critical,keyCertSign,cRLSign"};
}

CertificateSpec LeafSpec(const std::string& name, const Forged* issuer) {
  return {.common_names = {name},
          .issuer = issuer,
          .key_usage = "critical,digitalSignature",
          .extended_key_usage = "clientAuth"};
}

std::string Pem(const Certificate& certificate) {
  return PemOf<PEM_write_bio_X509>(certificate.get());
}

std::string KeyPem(const Forged& forged) {
  return PemOf<PEM_write_bio_PrivateKey>(forged.key.get(), nullptr, nullptr, 0,
                                         nullptr, nullptr);
}

namespace {

using CrlHandle = Handle<X509_CRL, X509_CRL_free>;
using NumberHandle = Handle<ASN1_INTEGER, ASN1_INTEGER_free>;

NumberHandle Number(long value) {
  NumberHandle number(ASN1_INTEGER_new());
  ASN1_INTEGER_set(number.get(), value);
  return number;
}

NumberHandle SerialOf(const RevokedSpec& spec) {
  if (spec.serial_hex.empty()) return Number(spec.serial);
  return NumberHandle(
      s2i_ASN1_INTEGER(nullptr, ("0x" + spec.serial_hex).c_str()));
}

void AddRevoked(X509_CRL* crl, const RevokedSpec& spec, UtcTime when) {
  X509_REVOKED* entry = X509_REVOKED_new();
  X509_REVOKED_set_serialNumber(entry, SerialOf(spec).get());
  const Handle<ASN1_TIME, ASN1_TIME_free> time(ASN1_TIME_new());
  SetTime(time.get(), when);
  X509_REVOKED_set_revocationDate(entry, time.get());
  if (spec.reason >= 0) {
    const Handle<ASN1_ENUMERATED, ASN1_ENUMERATED_free> reason(
        ASN1_ENUMERATED_new());
    ASN1_ENUMERATED_set(reason.get(), spec.reason);
    X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason.get(), 0, 0);
  }
  if (spec.critical_extension != nullptr) {
    X509_REVOKED_add_ext(entry, UnknownExtension(spec.critical_extension).get(),
                         -1);
  }
  MustForge(X509_CRL_add0_revoked(crl, entry) == 1, "an entry of a CRL");
}

void AddCrlExtensions(X509_CRL* crl, const RevocationListSpec& spec) {
  if (spec.number >= 0) {
    X509_CRL_add1_ext_i2d(crl, NID_crl_number, Number(spec.number).get(), 0, 0);
  }
  if (spec.delta_of >= 0) {
    X509_CRL_add1_ext_i2d(crl, NID_delta_crl, Number(spec.delta_of).get(), 1,
                          0);
  }
  if (!spec.distribution_point.empty()) {
    const ExtensionHandle extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_issuing_distribution_point,
                            spec.distribution_point.c_str()));
    MustForge(X509_CRL_add_ext(crl, extension.get(), -1) == 1,
              "a distribution point");
  }
  if (spec.unknown_critical_extension) {
    X509_CRL_add_ext(crl, UnknownExtension(kUnknownExtension).get(), -1);
  }
}

}  // namespace

std::string ForgeRevocationList(const RevocationListSpec& spec) {
  const CrlHandle crl(X509_CRL_new());
  X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(
      crl.get(), spec.issuer_name.empty()
                     ? X509_get_subject_name(spec.issuer->certificate.get())
                     : NameOf(spec.issuer_name).get());
  const Handle<ASN1_TIME, ASN1_TIME_free> time(ASN1_TIME_new());
  SetTime(time.get(), spec.this_update);
  X509_CRL_set1_lastUpdate(crl.get(), time.get());
  if (spec.has_next_update) {
    SetTime(time.get(), spec.next_update);
    X509_CRL_set1_nextUpdate(crl.get(), time.get());
  }
  for (const RevokedSpec& revoked : spec.revoked) {
    AddRevoked(crl.get(), revoked, spec.this_update);
  }
  AddCrlExtensions(crl.get(), spec);
  EVP_PKEY* key = spec.issuer->key.get();
  MustForge(X509_CRL_sign(crl.get(), key, DigestFor(key, "SHA256")) > 0,
            "the signature of a CRL");
  unsigned char* der = nullptr;
  const int size = i2d_X509_CRL(crl.get(), &der);
  std::string bytes(reinterpret_cast<const char*>(der),
                    static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

}  // namespace dps
