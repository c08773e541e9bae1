// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/certificate_notes.h"
#include "apps/dpsctl/input_file.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"
#include "core/base/limits.h"

namespace dps {
namespace {

// Empty without a list, and for one that says no end.
std::string RevocationListUntil(JsonView row) {
  const auto list = row.OptionalObject("revocationList");
  if (!list || !*list) return "";
  const auto end = (*list)->OptionalString("nextUpdateUtc");
  return end ? end->value_or("") : "";
}

std::vector<Column> CertificateColumns() {
  return {"name",
          "subject",
          "isVerified",
          "expiry",
          {"revocationListUntil", RevocationListUntil},
          "thumbprint"};
}

std::string CertificatePath(const Arguments& arguments) {
  return PathOf("certificates", *arguments.certificate_name);
}

// `{"certificate": base64 DER, "isVerified"}` of what is there.
std::string BodyOf(const std::optional<Certificate>& certificate,
                   std::optional<bool> is_verified) {
  JsonWriter json;
  json.StartObject();
  if (certificate) json.Member("certificate", Base64Encode(certificate->Der()));
  if (is_verified) json.Key("isVerified").Bool(*is_verified);
  return json.EndObject().Take();
}

Headers IfMatch(const Arguments& arguments) {
  return {{"If-Match", arguments.etag.value_or("*")}};
}

Status CreateCertificate(const Arguments& arguments) {
  DPS_TRY(const auto certificate, ReadCertificateFile(*arguments.path));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response created,
          service->Send("PUT", CertificatePath(arguments), {},
                        BodyOf(certificate, arguments.verified)));
  NoteDates(certificate.Info(), SystemClock().Now());
  return Print(arguments, created.body, CertificateColumns());
}

Status ShowCertificate(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response shown,
          service->Send("GET", CertificatePath(arguments)));
  return Print(arguments, shown.body, CertificateColumns());
}

Status ListCertificates(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response listed, service->Send("GET", "/certificates"));
  return Print(arguments, listed.body, CertificateColumns());
}

Status UpdateCertificate(const Arguments& arguments) {
  std::optional<Certificate> certificate;
  if (arguments.path) {
    DPS_TRY(certificate, ReadCertificateFile(*arguments.path));
  }
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  const auto change = [&](const std::string& body) -> Service::Changed {
    DPS_TRY(const JsonDocument shown, JsonDocument::ParseObject(body));
    DPS_TRY(const std::string thumbprint, shown.root().String("thumbprint"));
    DPS_TRY(const auto is_verified, shown.root().OptionalBool("isVerified"));
    const bool same_certificate =
        !certificate || certificate->thumbprint() == thumbprint;
    if (same_certificate &&
        arguments.verified.value_or(*is_verified) == *is_verified) {
      return std::nullopt;
    }
    return BodyOf(certificate, arguments.verified);
  };
  DPS_TRY(const Response updated,
          service->Update(CertificatePath(arguments), arguments.etag, change));
  if (certificate) NoteDates(certificate->Info(), SystemClock().Now());
  return Print(arguments, updated.body, CertificateColumns());
}

Status DeleteCertificate(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  return service->Delete(CertificatePath(arguments), arguments.etag);
}

Status GenerateCode(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response answer,
          service->Send(
              "POST", CertificatePath(arguments) + "/generateVerificationCode",
              IfMatch(arguments)));
  return Print(arguments, answer.body,
               {"name", "verificationCode", "subject", "etag"});
}

Status Verify(const Arguments& arguments) {
  DPS_TRY(const auto proof, ReadCertificateFile(*arguments.path));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response verified,
          service->Send("POST", CertificatePath(arguments) + "/verify",
                        IfMatch(arguments), BodyOf(proof, std::nullopt)));
  return Print(arguments, verified.body, CertificateColumns());
}

// In JSON: base64 on one line, anything else as base64.
std::string ListText(const std::string& bytes) {
  return Base64Encode(Base64DecodeFolded(bytes).value_or(bytes));
}

Status ImportList(const Arguments& arguments) {
  DPS_TRY(const std::string bytes,
          ReadInputFile(*arguments.path, limits::kRevocationListBytesMax));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  JsonWriter body;
  body.StartObject().Member("crl", ListText(bytes)).EndObject();
  DPS_TRY(const Response before,
          service->Send("GET", CertificatePath(arguments)));
  DPS_TRY(const Response imported,
          service->Send("PUT", CertificatePath(arguments) + "/crl",
                        IfMatch(arguments), body.Take()));
  DPS_TRY(const std::string etag_before, EtagOf(before));
  DPS_TRY(const std::string etag, EtagOf(imported));
  if (etag == etag_before) {
    PrintNote("nothing to change, nothing was written");
  }
  return Print(arguments, imported.body, CertificateColumns());
}

Status DeleteList(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  return service->Delete(CertificatePath(arguments) + "/crl", arguments.etag);
}

}  // namespace

std::vector<Command> CertificateCommands() {
  return {
      {"certificate",
       "create",
       "Store a CA certificate for enrollment groups to refer to",
       "dpsctl certificate create --certificate-name root --path root.pem\n"
       "dpsctl certificate create --cn root --path root.pem --verified\n",
       {option::CertificateName, option::CertificatePathRequired,
        option::Verified},
       CreateCertificate},
      {"certificate",
       "show",
       "Show a CA certificate",
       "dpsctl certificate show --certificate-name root\n",
       {option::CertificateName},
       ShowCertificate},
      {"certificate",
       "list",
       "List the CA certificates",
       "dpsctl certificate list --output table\n",
       {},
       ListCertificates},
      {"certificate",
       "update",
       "Put another certificate under the name, or call it verified",
       "dpsctl certificate update --certificate-name root --path "
       "next-root.pem\n"
       "dpsctl certificate update --cn root --verified\n",
       {option::CertificateName, option::CertificatePath, option::Verified,
        option::Etag},
       UpdateCertificate},
      {"certificate",
       "delete",
       "Delete a CA certificate that no group refers to",
       "dpsctl certificate delete --certificate-name root\n",
       {option::CertificateName, option::Etag},
       DeleteCertificate},
      {"certificate",
       "generate-verification-code",
       "Make the code that a proof of possession has as its common name",
       "dpsctl certificate generate-verification-code --cn root\n",
       {option::CertificateName, option::Etag},
       GenerateCode},
      {"certificate",
       "verify",
       "Verify by a certificate that the CA signed for the code",
       "dpsctl certificate verify --certificate-name root --path proof.pem\n",
       {option::CertificateName, option::CertificatePathRequired, option::Etag},
       Verify},
      {"certificate crl",
       "import",
       "Import the CA's list of revoked certificates",
       "dpsctl certificate crl import --certificate-name root --path "
       "root.crl\n",
       {option::CertificateName, option::RevocationListPath, option::Etag},
       ImportList},
      {"certificate crl",
       "delete",
       "Delete the list; what it names is not revoked any more",
       "dpsctl certificate crl delete --certificate-name root\n",
       {option::CertificateName, option::Etag},
       DeleteList},
  };
}

}  // namespace dps
