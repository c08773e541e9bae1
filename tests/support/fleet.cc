// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fleet.h"

#include <stdexcept>

#include "core/base/text.h"

namespace dps {
namespace {

void MustCommit(Store& store, Change change) {
  Batch batch;
  batch.changes.push_back(std::move(change));
  const Status committed = store.Commit(batch);
  if (!committed) throw std::runtime_error(committed.error().message);
}

EnrollmentTerms TestTerms() {
  return {.attestation = SymmetricKeyAttestation{.primary_key = TestKey('p'),
                                                 .secondary_key = TestKey('s')},
          .etag = "etag-1"};
}

}  // namespace

IdScope TestScope() { return *IdScope::Parse(kScopeText); }

RegistrationId Rid(std::string_view text) {
  return *RegistrationId::Parse(text);
}

SecretBytes TestKey(char fill) { return SecretBytes(std::string(64, fill)); }

void AddInstance(Store& store, const IdScope& scope) {
  MustCommit(store, Put<Instance>{scope,
                                  {.name = "factory-" + scope.text(),
                                   .id_scope = scope,
                                   .operation_key = TestKey('o'),
                                   .etag_text = "etag-i"},
                                  Expect::Absent()});
  if (scope != TestScope()) return;
  AddHub(store, kHub1);
  AddHub(store, kHub2);
}

void AddHub(Store& store, std::string_view name, int weight) {
  MustCommit(store, Put<LinkedHub>{TestScope(),
                                   {.name = *HubName::Parse(name),
                                    .allocation_weight = weight,
                                    .etag_text = "etag-h"},
                                   Expect::Anything()});
}

void RemoveHub(Store& store, std::string_view name) {
  MustCommit(store, Remove<LinkedHub>{TestScope(), std::string(name),
                                      Expect::Present()});
}

IndividualEnrollment EnrollmentOf(std::string_view id) {
  return {.registration_id = Rid(id), .terms = TestTerms()};
}

EnrollmentGroup GroupOf(std::string_view id) {
  return {.enrollment_group_id = *EnrollmentGroupId::Parse(id),
          .terms = TestTerms()};
}

void Save(Store& store, IndividualEnrollment enrollment) {
  MustCommit(store,
             Put<IndividualEnrollment>{TestScope(), std::move(enrollment),
                                       Expect::Anything()});
}

void Save(Store& store, EnrollmentGroup group) {
  MustCommit(store, Put<EnrollmentGroup>{TestScope(), std::move(group),
                                         Expect::Anything()});
}

std::string TokenFor(std::string_view id, const SecretBytes& key,
                     UtcTime expiry, std::string_view scope) {
  const std::string resource =
      std::string(scope) + "%2Fregistrations%2F" + PercentEncode(id);
  const std::string expiry_text = std::to_string(
      std::chrono::floor<std::chrono::seconds>(expiry.time_since_epoch())
          .count());
  const SecretBytes signature = HmacSha256(key, resource + "\n" + expiry_text);
  return "SharedAccessSignature sr=" + resource +
         "&sig=" + PercentEncode(Base64Encode(signature.Reveal())) +
         "&se=" + expiry_text;
}

std::string GroupTokenFor(std::string_view id, UtcTime expiry,
                          std::string_view scope) {
  return TokenFor(id, DeriveDeviceKey(TestKey('p'), id), expiry, scope);
}

ConnectRequest ConnectAs(std::string_view id, std::string_view api_version) {
  return {.id_scope = TestScope(),
          .registration_id = Rid(id),
          .api_version = std::string(api_version)};
}

}  // namespace dps
