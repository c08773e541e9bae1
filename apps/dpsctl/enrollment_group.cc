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

std::vector<Column> GroupColumns() {
  return {"enrollmentGroupId",
          "provisioningStatus",
          {"attestation", AttestationCell},
          "allocationPolicy",
          "iotHubs",
          {"webhook", WebhookCell},
          "lastUpdatedDateTimeUtc"};
}

std::string GroupPath(const Arguments& arguments) {
  return PathOf("enrollmentGroups", *arguments.enrollment_id);
}

Result<AttestationWish> ReadGroupWish(const Arguments& arguments) {
  return ReadAttestationWish(arguments,
                             X509Attestation::Kind::kSigningCertificates);
}

Status CreateGroup(const Arguments& arguments) {
  DPS_TRY(const EnrollmentGroupId id,
          EnrollmentGroupId::Parse(*arguments.enrollment_id));
  DPS_TRY(const AttestationWish wish, ReadGroupWish(arguments));
  EnrollmentGroup group{.enrollment_group_id = id, .terms = NewTerms(wish)};
  DPS_CHECK(ApplyTerms(arguments, wish, group.terms));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const Response created, service->Send("PUT", GroupPath(arguments), {},
                                                ToJson(group, Secrets::kAll)));
  NoteDates(wish, SystemClock().Now());
  return Print(arguments, created.body, GroupColumns());
}

Status ShowGroup(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const std::string json,
          ShowEnrollment<EnrollmentGroup>(*service, GroupPath(arguments),
                                          arguments.show_keys,
                                          ParseEnrollmentGroup));
  return Print(arguments, json, GroupColumns());
}

Status ListGroups(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  DPS_TRY(const std::string rows,
          service->Query(
              WithEnrollmentConditions("/enrollmentGroups/query", arguments),
              arguments.top));
  return Print(arguments, rows, GroupColumns());
}

Status UpdateGroup(const Arguments& arguments) {
  DPS_TRY(const AttestationWish wish, ReadGroupWish(arguments));
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  Attestation before;
  Attestation after;
  const auto change = [&](const std::string& body) -> Service::Changed {
    DPS_TRY(const EnrollmentGroup stored, ParseEnrollmentGroup(body));
    EnrollmentGroup group = stored;
    DPS_CHECK(ApplyTerms(arguments, wish, group.terms));
    before = stored.terms.attestation;
    after = group.terms.attestation;
    if (group == stored) return std::nullopt;
    return ToJson(group, Secrets::kAll);
  };
  DPS_TRY(const Response updated,
          service->Update(GroupPath(arguments), arguments.etag, change));
  NoteReplaced(before, after);
  NoteDates(wish, SystemClock().Now());
  DPS_TRY(const Response shown, service->Send("GET", GroupPath(arguments)));
  return Print(arguments, shown.body, GroupColumns());
}

Status DeleteGroup(const Arguments& arguments) {
  DPS_TRY(const auto service, Service::OfInstance(arguments));
  return service->Delete(GroupPath(arguments), arguments.etag);
}

}  // namespace

std::vector<Command> EnrollmentGroupCommands() {
  return {
      {"enrollment-group",
       "create",
       "Enroll all devices whose keys derive from a group key, which the "
       "answer shows, or whose certificates a CA signed",
       "dpsctl enrollment-group create --enrollment-id line-1\n"
       "dpsctl enrollment-group create --eid line-1 --pk BASE64 --sk BASE64 "
       "--ih hub-1.example.com\n"
       "dpsctl enrollment-group create --eid line-1 --certificate-path "
       "line-ca.pem\n"
       "dpsctl enrollment-group create --eid line-1 --root-ca-name root\n"
       "dpsctl enrollment-group create --eid line-1 --allocation-policy custom "
       "--webhook-url https://hooks.example.com/allocate?code=KEY\n",
       {option::EnrollmentId, option::EnrollmentTerms,
        option::SigningCertificates},
       CreateGroup},
      {"enrollment-group",
       "show",
       "Show an enrollment group",
       "dpsctl enrollment-group show --enrollment-id line-1\n"
       "dpsctl enrollment-group show --eid line-1 --show-keys\n",
       {option::EnrollmentId, option::ShowKeys},
       ShowGroup},
      {"enrollment-group",
       "list",
       "List the enrollment groups",
       "dpsctl enrollment-group list --output table\n"
       "dpsctl enrollment-group list --hub-name hub-1.example.com\n",
       {option::EnrollmentConditions, option::Top},
       ListGroups},
      {"enrollment-group",
       "update",
       "Change an enrollment group; what no option names stays",
       "dpsctl enrollment-group update --eid line-1 --ps disabled\n"
       "dpsctl enrollment-group update --eid line-1 --secondary-key BASE64\n"
       "dpsctl enrollment-group update --eid line-1 --allocation-policy "
       "geoLatency --webhook-url \"\"\n"
       "dpsctl enrollment-group update --eid line-1 --scp next-ca.pem\n"
       "dpsctl enrollment-group update --eid line-1 --rc --root-ca-name root\n",
       {option::EnrollmentId, option::EnrollmentTerms,
        option::SigningCertificates, option::RemoveCertificates, option::Etag},
       UpdateGroup},
      {"enrollment-group",
       "delete",
       "Delete an enrollment group; its devices' registrations stay",
       "dpsctl enrollment-group delete --enrollment-id line-1\n",
       {option::EnrollmentId, option::Etag},
       DeleteGroup},
  };
}

}  // namespace dps
