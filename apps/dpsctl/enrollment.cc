// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/arguments.h"
#include "apps/dpsctl/attestation_column.h"
#include "apps/dpsctl/certificate_notes.h"
#include "apps/dpsctl/enrollment_terms.h"
#include "apps/dpsctl/list_conditions.h"
#include "apps/dpsctl/options.h"
#include "apps/dpsctl/output.h"
#include "apps/dpsctl/service.h"

namespace dps {
namespace {

std::vector<Column> IndividualColumns() {
  return {"registrationId",         "deviceId",
          "provisioningStatus",     {"attestation", AttestationCell},
          "allocationPolicy",       "iotHubs",
          {"webhook", WebhookCell}, "lastUpdatedDateTimeUtc"};
}

std::string IndividualPath(const Arguments& arguments) {
  return PathOf("enrollments", *arguments.enrollment_id);
}

Result<AttestationWish> ReadIndividualWish(const Arguments& arguments) {
  return ReadAttestationWish(arguments,
                             X509Attestation::Kind::kClientCertificates);
}

Status ApplyIndividual(const Arguments& arguments, const AttestationWish& wish,
                       IndividualEnrollment& enrollment) {
  enrollment.device_id = arguments.device_id.value_or(enrollment.device_id);
  return ApplyTerms(arguments, wish, enrollment.terms);
}

Status CreateIndividual(const Arguments& arguments) {
  DPS_TRY(const RegistrationId id,
          RegistrationId::Parse(*arguments.enrollment_id));
  DPS_TRY(const AttestationWish wish, ReadIndividualWish(arguments));
  IndividualEnrollment enrollment{.registration_id = id,
                                  .terms = NewTerms(wish)};
  DPS_CHECK(ApplyIndividual(arguments, wish, enrollment));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response created,
          service->Send("PUT", IndividualPath(arguments), {},
                        ToJson(enrollment, Secrets::kAll)));
  NoteDates(wish, SystemClock().Now());
  return Print(arguments, created.body, IndividualColumns());
}

Status ShowIndividual(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const std::string json,
          ShowEnrollment<IndividualEnrollment>(
              *service, IndividualPath(arguments), arguments.show_keys,
              ParseIndividualEnrollment));
  return Print(arguments, json, IndividualColumns());
}

Status ListIndividuals(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(
      const std::string rows,
      service->Query(WithEnrollmentConditions("/enrollments/query", arguments),
                     arguments.top));
  return Print(arguments, rows, IndividualColumns());
}

Status UpdateIndividual(const Arguments& arguments) {
  DPS_TRY(const AttestationWish wish, ReadIndividualWish(arguments));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  Attestation before;
  Attestation after;
  const auto change = [&](const std::string& body) -> Service::Changed {
    DPS_TRY(const IndividualEnrollment stored, ParseIndividualEnrollment(body));
    IndividualEnrollment enrollment = stored;
    DPS_CHECK(ApplyIndividual(arguments, wish, enrollment));
    before = stored.terms.attestation;
    after = enrollment.terms.attestation;
    if (enrollment == stored) return std::nullopt;
    return ToJson(enrollment, Secrets::kAll);
  };
  DPS_TRY(const Response updated,
          service->Update(IndividualPath(arguments), arguments.etag, change));
  NoteReplaced(before, after);
  NoteDates(wish, SystemClock().Now());
  DPS_TRY(const Response shown,
          service->Send("GET", IndividualPath(arguments)));
  return Print(arguments, shown.body, IndividualColumns());
}

Status DeleteIndividual(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  return service->Delete(IndividualPath(arguments), arguments.etag);
}

}  // namespace

std::vector<Command> EnrollmentCommands() {
  return {
      {"enrollment",
       "create",
       "Enroll one device, by keys, which the answer shows, or certificates",
       "dpsctl enrollment create --enrollment-id dev-1\n"
       "dpsctl enrollment create --eid dev-1 --at symmetricKey --pk BASE64 "
       "--sk BASE64\n"
       "dpsctl enrollment create --eid dev-1 --device-id lathe-7 --iot-hubs "
       "hub-1.example.com hub-2.example.com\n"
       "dpsctl enrollment create --eid dev-1 --certificate-path dev-1.pem\n"
       "dpsctl enrollment create --eid dev-1 --allocation-policy static "
       "--iot-hubs hub-1.example.com\n",
       {option::EnrollmentId, option::DeviceId, option::EnrollmentTerms,
        option::ClientCertificates},
       CreateIndividual},
      {"enrollment",
       "show",
       "Show an enrollment",
       "dpsctl enrollment show --enrollment-id dev-1\n"
       "dpsctl enrollment show --eid dev-1 --show-keys\n",
       {option::EnrollmentId, option::ShowKeys},
       ShowIndividual},
      {"enrollment",
       "list",
       "List the enrollments of single devices",
       "dpsctl enrollment list --top 20 --output table\n"
       "dpsctl enrollment list --provisioning-status disabled\n"
       "dpsctl enrollment list --with-registration-state\n",
       {option::EnrollmentConditions, option::WithRegistrationState,
        option::Top},
       ListIndividuals},
      {"enrollment",
       "update",
       "Change an enrollment; what no option names stays",
       "dpsctl enrollment update --eid dev-1 --provisioning-status disabled\n"
       "dpsctl enrollment update --eid dev-1 --primary-key BASE64\n"
       "dpsctl enrollment update --eid dev-1 --allocation-policy \"\"\n"
       "dpsctl enrollment update --eid dev-1 --scp dev-1-new.pem\n"
       "dpsctl enrollment update --eid dev-1 --remove-certificate\n",
       {option::EnrollmentId, option::DeviceId, option::EnrollmentTerms,
        option::ClientCertificates, option::RemoveCertificates, option::Etag},
       UpdateIndividual},
      {"enrollment",
       "delete",
       "Delete an enrollment and its device's registration",
       "dpsctl enrollment delete --enrollment-id dev-1\n",
       {option::EnrollmentId, option::Etag},
       DeleteIndividual},
  };
}

}  // namespace dps
