// SPDX-License-Identifier: Apache-2.0
#include "core/model/ca_certificate.h"

#include <limits>

#include "core/model/json_times.h"

namespace dps {
namespace {

constexpr auto kCountMax = std::numeric_limits<std::int64_t>::max();

void WriteRevocations(JsonWriter& json, const RevocationInfo& revocations) {
  json.StartObject();
  json.Member("thisUpdateUtc", FormatUtc(revocations.this_update));
  if (revocations.next_update) {
    json.Member("nextUpdateUtc", FormatUtc(*revocations.next_update));
  }
  json.MemberNonempty("number", revocations.number);
  json.Key("entries").Int(static_cast<std::int64_t>(revocations.entries));
  json.EndObject();
}

Result<RevocationInfo> ParseRevocations(JsonView object) {
  RevocationInfo revocations;
  DPS_TRY(revocations.this_update, ParseOptionalTime(object, "thisUpdateUtc"));
  DPS_TRY(const UtcTime next, ParseOptionalTime(object, "nextUpdateUtc"));
  if (next != UtcTime{}) revocations.next_update = next;
  DPS_TRY(const auto number, object.OptionalString("number"));
  revocations.number = number.value_or("");
  DPS_TRY(const auto entries, object.OptionalInt("entries", 0, kCountMax));
  revocations.entries = static_cast<std::size_t>(entries.value_or(0));
  return revocations;
}

}  // namespace

std::string ToJson(const CaCertificate& certificate, Secrets secrets) {
  const CertificateInfo& info = certificate.certificate.info;
  JsonWriter json;
  json.StartObject();
  json.Member("name", certificate.name.text());
  json.Member("subject", info.subject_name);
  json.Member("thumbprint", info.sha256_thumbprint);
  json.Member("expiry", FormatUtc(info.not_after));
  json.Key("isVerified").Bool(certificate.is_verified);
  if (secrets == Secrets::kAll) {
    json.Key("certificate");
    WriteEnrolledCertificate(json, certificate.certificate, /*with_der=*/true);
    json.MemberNonempty("verificationCode", certificate.verification_code);
  } else {
    json.Key("info");
    WriteCertificateInfo(json, info);
  }
  if (certificate.revocations) {
    json.Key("revocationList");
    WriteRevocations(json, *certificate.revocations);
  }
  json.MemberNonempty("etag", certificate.etag_text);
  WriteTimes(json, certificate.created, certificate.last_updated);
  return json.EndObject().Take();
}

Result<CaCertificate> ParseCaCertificate(std::string_view json) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView object = document.root();
  DPS_TRY(const std::string name_text, object.String("name"));
  DPS_TRY(const CertificateName name, CertificateName::Parse(name_text));
  CaCertificate certificate{.name = name};
  DPS_TRY(const auto stored, object.OptionalObject("certificate"));
  if (!stored) {
    return Fail(Errc::kInvalidArgument, "member certificate is missing");
  }
  DPS_TRY(certificate.certificate,
          ParseEnrolledCertificate(*stored, DocumentSource::kStore));
  DPS_TRY(const auto is_verified, object.OptionalBool("isVerified"));
  certificate.is_verified = is_verified.value_or(false);
  DPS_TRY(const auto code, object.OptionalString("verificationCode"));
  certificate.verification_code = code.value_or("");
  DPS_TRY(const auto revocations, object.OptionalObject("revocationList"));
  if (revocations) {
    DPS_TRY(certificate.revocations, ParseRevocations(*revocations));
  }
  DPS_TRY(const auto etag, object.OptionalString("etag"));
  certificate.etag_text = etag.value_or("");
  DPS_TRY(certificate.created, ParseOptionalTime(object, "createdDateTimeUtc"));
  DPS_TRY(certificate.last_updated,
          ParseOptionalTime(object, "lastUpdatedDateTimeUtc"));
  return certificate;
}

std::string ToJson(const RevokedCertificates& revoked) {
  JsonWriter json;
  json.StartObject().Member("name", revoked.name.text());
  json.Member("subjectDigest", revoked.subject_digest);
  json.Key("serials").StartArray();
  for (const std::string& serial : revoked.serials) json.String(serial);
  json.EndArray().MemberNonempty("etag", revoked.etag_text);
  return json.EndObject().Take();
}

Result<RevokedCertificates> ParseRevokedCertificates(std::string_view json) {
  DPS_TRY(const JsonDocument document, JsonDocument::ParseObject(json));
  const JsonView object = document.root();
  DPS_TRY(const std::string name_text, object.String("name"));
  DPS_TRY(const CertificateName name, CertificateName::Parse(name_text));
  RevokedCertificates revoked{.name = name};
  DPS_TRY(revoked.subject_digest, object.String("subjectDigest"));
  DPS_TRY(revoked.serials, object.OptionalStrings("serials"));
  DPS_TRY(const auto etag, object.OptionalString("etag"));
  revoked.etag_text = etag.value_or("");
  return revoked;
}

}  // namespace dps
