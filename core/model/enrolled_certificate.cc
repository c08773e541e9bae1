// SPDX-License-Identifier: Apache-2.0
#include "core/model/enrolled_certificate.h"

#include <limits>

#include "core/base/clock.h"
#include "core/base/crypto.h"
#include "core/model/json_times.h"

namespace dps {
namespace {

// An operator may name a certificate given before by as little as its
// thumbprint; the subject is kept for people.
Result<EnrolledCertificate> NameOf(JsonView object) {
  DPS_TRY(const auto info, object.OptionalObject("info"));
  if (!info) {
    return Fail(Errc::kInvalidArgument, "member certificate is missing");
  }
  EnrolledCertificate named;
  DPS_TRY(const auto thumbprint, info->OptionalString("sha256Thumbprint"));
  named.info.sha256_thumbprint = thumbprint.value_or("");
  const auto subject = info->Find("subjectName");
  named.info.subject_name = subject ? subject->AsString().value_or("") : "";
  return named;
}

Result<EnrolledCertificate> ReadStored(JsonView object,
                                       const std::string& text) {
  DPS_TRY(const SecretBytes der, Base64Decode(text));
  EnrolledCertificate stored{.der = std::string(der.Reveal())};
  DPS_TRY(stored.subject_digest, object.String("subjectDigest"));
  DPS_TRY(const auto info, object.OptionalObject("info"));
  if (!info) return Fail(Errc::kInvalidArgument, "member info is missing");
  DPS_TRY(stored.info, ParseCertificateInfo(*info));
  return stored;
}

Result<Certificate> OfStore(const EnrolledCertificate& enrolled,
                            Result<Certificate> parsed) {
  if (parsed) return parsed;
  return Fail(Errc::kInternal,
              "the stored certificate " + enrolled.thumbprint() +
                  " cannot be read: " + parsed.error().message);
}

}  // namespace

EnrolledCertificate Enroll(const Certificate& certificate) {
  return {.der = certificate.Der(),
          .subject_digest = certificate.subject_digest(),
          .info = certificate.Info()};
}

Result<Certificate> ToCertificate(const EnrolledCertificate& enrolled) {
  return OfStore(enrolled, Certificate::Parse(enrolled.der));
}

Result<Certificate> ToCertificate(const EnrolledCertificate& enrolled,
                                  CertificateCache& read_before) {
  return OfStore(enrolled, read_before.Parse(enrolled.der));
}

Result<EnrolledCertificate> ParseEnrolledCertificate(JsonView object,
                                                     DocumentSource source) {
  DPS_TRY(const auto text, object.OptionalString("certificate"));
  if (!text || text->empty()) return NameOf(object);
  if (source == DocumentSource::kStore) return ReadStored(object, *text);
  DPS_TRY(const Certificate certificate, Certificate::Parse(*text));
  return Enroll(certificate);
}

void WriteEnrolledCertificate(JsonWriter& json,
                              const EnrolledCertificate& enrolled,
                              bool with_der) {
  json.StartObject();
  if (with_der && !enrolled.der.empty()) {
    json.Member("certificate", Base64Encode(enrolled.der));
    json.Member("subjectDigest", enrolled.subject_digest);
  }
  json.Key("info");
  WriteCertificateInfo(json, enrolled.info);
  json.EndObject();
}

void WriteCertificateInfo(JsonWriter& json, const CertificateInfo& info) {
  json.StartObject();
  json.Member("subjectName", info.subject_name);
  json.Member("sha1Thumbprint", info.sha1_thumbprint);
  json.Member("sha256Thumbprint", info.sha256_thumbprint);
  json.Member("issuerName", info.issuer_name);
  json.Member("notBeforeUtc", FormatUtc(info.not_before));
  json.Member("notAfterUtc", FormatUtc(info.not_after));
  json.Member("serialNumber", info.serial_number);
  json.Key("version").Int(info.version);
  json.EndObject();
}

Result<CertificateInfo> ParseCertificateInfo(JsonView object) {
  CertificateInfo info;
  for (const auto& [name, target] :
       {std::pair{"subjectName", &info.subject_name},
        {"sha1Thumbprint", &info.sha1_thumbprint},
        {"sha256Thumbprint", &info.sha256_thumbprint},
        {"issuerName", &info.issuer_name},
        {"serialNumber", &info.serial_number}}) {
    DPS_TRY(*target, object.String(name));
  }
  DPS_TRY(info.not_before, ParseOptionalTime(object, "notBeforeUtc"));
  DPS_TRY(info.not_after, ParseOptionalTime(object, "notAfterUtc"));
  DPS_TRY(const auto version,
          object.OptionalInt("version", 0, std::numeric_limits<int>::max()));
  info.version = static_cast<int>(version.value_or(0));
  return info;
}

}  // namespace dps
