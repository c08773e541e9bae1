// SPDX-License-Identifier: Apache-2.0
#include "core/attestation/revocation_list.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "core/base/certificate_fields.h"
#include "core/base/certificate_pem.h"
#include "core/base/crypto_handle.h"
#include "core/base/limits.h"
#include "core/base/text.h"

namespace dps {
namespace {

using CrlHandle = Handle<X509_CRL, X509_CRL_free>;
using NumberHandle = Handle<ASN1_INTEGER, ASN1_INTEGER_free>;
using ReasonHandle = Handle<ASN1_ENUMERATED, ASN1_ENUMERATED_free>;
using ScopeHandle = Handle<ISSUING_DIST_POINT, ISSUING_DIST_POINT_free>;

tl::unexpected<Error> Invalid(std::string message) {
  return Fail(Errc::kInvalidArgument, "the CRL " + std::move(message));
}

Result<std::string> DerOf(std::string_view pem_or_der) {
  if (LooksLikeDer(pem_or_der) || !LooksLikePem(pem_or_der)) {
    return std::string(pem_or_der);
  }
  DPS_TRY(auto blocks, ReadPem(pem_or_der, 1));
  if (blocks.front().label != "X509 CRL") {
    return Invalid("must be a PEM block X509 CRL, not " +
                   Printable(blocks.front().label, 40));
  }
  return std::move(blocks.front().bytes);
}

Result<CrlHandle> ParseDer(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = at + der.size();
  CrlHandle crl(d2i_X509_CRL(nullptr, &at, static_cast<long>(der.size())));
  if (crl == nullptr) return Invalid("is neither PEM nor DER of a CRL");
  if (at != end) return Invalid("is followed by other bytes");
  return crl;
}

Status CheckIssuer(const X509_CRL* crl, const Certificate& issuer) {
  if (X509_NAME_cmp(X509_CRL_get_issuer(crl),
                    X509_get_subject_name(issuer.get())) != 0) {
    return Invalid("is of " + LoggedName(X509_CRL_get_issuer(crl)) +
                   ", not of " + issuer.Subject());
  }
  // All ones when the extension is absent.
  if ((X509_get_key_usage(issuer.get()) & KU_CRL_SIGN) == 0) {
    return Invalid("is of " + issuer.Subject() +
                   ", whose keyUsage lacks cRLSign");
  }
  return {};
}

Status CheckSignature(X509_CRL* crl, const Certificate& issuer) {
  EVP_PKEY* key = X509_get0_pubkey(issuer.get());
  if (key != nullptr && X509_CRL_verify(crl, key) == 1) return {};
  return Invalid("was not signed by " + issuer.Subject() +
                 ": the signature does not match");
}

// What may be critical and is understood: the scope, checked beside.
Status CheckExtensions(const X509_CRL* crl) {
  if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0) {
    return Invalid("is a delta CRL; import the complete one");
  }
  constexpr std::array kKnown = {NID_issuing_distribution_point, NID_crl_number,
                                 NID_authority_key_identifier};
  for (int i = 0; i < X509_CRL_get_ext_count(crl); ++i) {
    X509_EXTENSION* extension = X509_CRL_get_ext(crl, i);
    const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    if (X509_EXTENSION_get_critical(extension) != 0 &&
        std::ranges::find(kKnown, nid) == kKnown.end()) {
      return Invalid("has a critical extension that is not known here");
    }
  }
  return {};
}

Status CheckScope(const X509_CRL* crl) {
  int found = -1;  // -1 absent, -2 several
  const ScopeHandle scope(static_cast<ISSUING_DIST_POINT*>(X509_CRL_get_ext_d2i(
      crl, NID_issuing_distribution_point, &found, nullptr)));
  if (scope == nullptr) {
    if (found == -1) return {};
    return Invalid("has an issuingDistributionPoint that cannot be read");
  }
  if (scope->indirectCRL > 0) {
    return Invalid("is indirect: it speaks for other issuers");
  }
  if (scope->onlyattr > 0) return Invalid("is of attribute certificates only");
  if (scope->onlyuser > 0) {
    return Invalid("leaves out CA certificates; import the complete one");
  }
  if (scope->onlyCA > 0) {
    return Invalid("is of CA certificates only; import the complete one");
  }
  if (scope->onlysomereasons != nullptr) {
    return Invalid("is of some reasons only; import the complete one");
  }
  // A name alone splits the issuer's certificates over several lists.
  if (scope->distpoint != nullptr) {
    return Invalid("is of one distribution point; import the complete one");
  }
  return {};
}

Status CheckEntryExtensions(const X509_REVOKED* entry) {
  for (int i = 0; i < X509_REVOKED_get_ext_count(entry); ++i) {
    X509_EXTENSION* extension = X509_REVOKED_get_ext(entry, i);
    const int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    if (nid == NID_certificate_issuer) {
      return Invalid("is indirect: an entry names another issuer");
    }
    if (X509_EXTENSION_get_critical(extension) != 0 && nid != NID_crl_reason &&
        nid != NID_invalidity_date) {
      return Invalid("has an entry with a critical extension not known here");
    }
  }
  return {};
}

bool OnlyEndsHold(const X509_REVOKED* entry) {
  const ReasonHandle reason(static_cast<ASN1_ENUMERATED*>(
      X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nullptr, nullptr)));
  return reason != nullptr &&
         ASN1_ENUMERATED_get(reason.get()) == CRL_REASON_REMOVE_FROM_CRL;
}

Result<std::vector<std::string>> RevokedSerials(X509_CRL* crl) {
  const STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(crl);
  const int count = entries == nullptr ? 0 : sk_X509_REVOKED_num(entries);
  if (static_cast<std::size_t>(count) > limits::kRevokedSerialsMax) {
    return Fail(Errc::kTooLarge,
                "the CRL revokes more than " +
                    std::to_string(limits::kRevokedSerialsMax) +
                    " certificates");
  }
  std::vector<std::string> serials;
  serials.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const X509_REVOKED* entry = sk_X509_REVOKED_value(entries, i);
    DPS_CHECK(CheckEntryExtensions(entry));
    if (OnlyEndsHold(entry)) continue;
    std::string serial = SerialHex(X509_REVOKED_get0_serialNumber(entry));
    if (serial.size() > limits::kSerialHexMax) {
      return Invalid("revokes a serial number of more than " +
                     std::to_string(limits::kSerialHexMax / 2) + " bytes");
    }
    serials.push_back(std::move(serial));
  }
  std::ranges::sort(serials);
  serials.erase(std::unique(serials.begin(), serials.end()), serials.end());
  return serials;
}

}  // namespace

bool RevocationList::Revokes(std::string_view serial_number) const {
  return std::ranges::binary_search(revoked_serials, serial_number);
}

Result<RevocationList> ParseRevocationList(std::string_view pem_or_der,
                                           const Certificate& issuer) {
  const ErrorQueueMark mark;
  if (pem_or_der.size() > limits::kRevocationListBytesMax) {
    return Fail(Errc::kTooLarge,
                "the CRL is larger than " +
                    std::to_string(limits::kRevocationListBytesMax) + " bytes");
  }
  DPS_TRY(const std::string der, DerOf(pem_or_der));
  DPS_TRY(const CrlHandle crl, ParseDer(der));
  DPS_CHECK(CheckIssuer(crl.get(), issuer));
  DPS_CHECK(CheckExtensions(crl.get()));
  DPS_CHECK(CheckScope(crl.get()));
  const auto this_update = AsUtcTime(X509_CRL_get0_lastUpdate(crl.get()));
  const ASN1_TIME* next = X509_CRL_get0_nextUpdate(crl.get());
  RevocationList list{.this_update = {}, .next_update = AsUtcTime(next)};
  if (!this_update || (next != nullptr && !list.next_update)) {
    return Invalid("has dates that are none");
  }
  list.this_update = *this_update;
  const NumberHandle number(static_cast<ASN1_INTEGER*>(
      X509_CRL_get_ext_d2i(crl.get(), NID_crl_number, nullptr, nullptr)));
  if (number != nullptr) list.number = SerialHex(number.get());
  DPS_TRY(list.revoked_serials, RevokedSerials(crl.get()));
  DPS_CHECK(CheckSignature(crl.get(), issuer));
  return list;
}

}  // namespace dps
