// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/fleet.h"

#include <chrono>
#include <utility>

#include "core/base/text.h"
#include "core/protocol/topic.h"
#include "core/store/lmdb_store.h"

namespace dps::bench {
namespace {

// The plugin answers a PUT with 94 bytes and the poll with 413; each echo of
// the bare broker has the mean of the two.
constexpr std::size_t kAnswerBytes = 254;

std::string RandomString(std::size_t size) {
  return std::string(RandomSecret(size).Reveal());
}

std::string RandomDigest() { return HexEncode(RandomString(32)); }

SymmetricKeyAttestation GroupKeys(const SecretBytes& key) {
  return {.primary_key = key, .secondary_key = RandomSecret(64)};
}

X509Attestation SigningCertificate(EnrolledCertificate certificate) {
  return {.kind = X509Attestation::Kind::kSigningCertificates,
          .primary = std::move(certificate)};
}

CertificateSpec ValidNow(CertificateSpec spec) {
  spec.not_before = SystemClock().Now() - std::chrono::hours(1);
  spec.not_after = spec.not_before + std::chrono::hours(48);
  return spec;
}

// One that exists by its names only; nobody will ever ask for its text.
EnrolledCertificate Stranger() {
  EnrolledCertificate stranger{.der = RandomString(600),
                               .subject_digest = RandomDigest()};
  stranger.info = {.subject_name = "CN=stranger",
                   .sha1_thumbprint = RandomDigest().substr(0, 40),
                   .sha256_thumbprint = RandomDigest(),
                   .issuer_name = "CN=stranger",
                   .not_before = SystemClock().Now(),
                   .not_after = SystemClock().Now(),
                   .serial_number = "01",
                   .version = 3};
  return stranger;
}

std::string SasToken(const IdScope& scope, const std::string& id,
                     const SecretBytes& device_key) {
  const auto expiry = std::chrono::ceil<std::chrono::seconds>(
      SystemClock().Now() + std::chrono::hours(1));
  const std::string resource =
      PercentEncode(scope.text() + "/registrations/" + id);
  const std::string seconds = std::to_string(expiry.time_since_epoch().count());
  const SecretBytes signature =
      HmacSha256(device_key, resource + "\n" + seconds);
  return "SharedAccessSignature sr=" + resource +
         "&sig=" + PercentEncode(Base64Encode(signature.Reveal())) +
         "&se=" + seconds;
}

}  // namespace

Fleet::Fleet(IdScope id_scope, Means means)
    : id_scope_(std::move(id_scope)),
      means_(means),
      group_key_(RandomSecret(64)),
      root_(Forge(ValidNow(CaSpec("bench root")))),
      issuer_(Forge(ValidNow(CaSpec("bench issuer", &root_)))) {}

Result<Fleet> Fleet::Enroll(const std::string& store_directory, Means means) {
  LmdbOptions options;
  options.directory = store_directory;
  options.create = true;
  DPS_TRY(const auto store, LmdbStore::Open(options));
  Fleet fleet(IdScope::Generate(), means);
  const IdScope& scope = fleet.id_scope_;
  Batch batch;
  batch.changes.emplace_back(Put<Instance>{scope,
                                           {.name = "bench",
                                            .id_scope = scope,
                                            .operation_key = RandomSecret(32),
                                            .etag_text = NewGuid()},
                                           Expect::Absent()});
  for (const char* name :
       {"hub-1.example", "hub-2.example", "hub-3.example", "hub-4.example"}) {
    DPS_TRY(HubName hub, HubName::Parse(name));
    batch.changes.emplace_back(
        Put<LinkedHub>{scope,
                       {.name = std::move(hub), .etag_text = NewGuid()},
                       Expect::Absent()});
  }
  DPS_TRY(EnrollmentGroupId group, EnrollmentGroupId::Parse("fleet"));
  batch.changes.emplace_back(Put<EnrollmentGroup>{
      scope,
      {.enrollment_group_id = std::move(group),
       .terms = {.attestation = GroupKeys(fleet.group_key_),
                 .etag = NewGuid()}},
      Expect::Absent()});
  DPS_TRY(EnrollmentGroupId by_root, EnrollmentGroupId::Parse("by-root"));
  batch.changes.emplace_back(Put<EnrollmentGroup>{
      scope,
      {.enrollment_group_id = std::move(by_root),
       .terms = {.attestation = SigningCertificate(dps::Enroll(fleet.root())),
                 .etag = NewGuid()}},
      Expect::Absent()});
  DPS_CHECK(store->Commit(batch));
  return fleet;
}

DeviceScript Fleet::NewDevice() const {
  const std::string id = "bench-device-" + std::to_string(last_device_);
  DeviceScript device{
      .connect = {.client_id = id,
                  .username = id_scope_.text() + "/registrations/" + id +
                              "/api-version=2019-03-31"},
      .filter = std::string(kResponseFilter),
      .register_request = {.topic = "$dps/registrations/PUT/iotdps-register/"
                                    "?$rid=1",
                           .payload = R"({"registrationId":")" + id + R"("})",
                           .qos = 1},
      .poll_request = {.topic = "$dps/registrations/GET/"
                                "iotdps-get-operationstatus/"
                                "?$rid=1&operationId=",
                       .payload = " ",
                       .qos = 1}};
  if (means_ == Means::kToken) {
    device.connect.password =
        SasToken(id_scope_, id, DeriveDeviceKey(group_key_, id));
  } else {
    device.identity = std::make_shared<TlsIdentity>(
        TlsIdentity{.device = Forge(ValidNow(LeafSpec(id, &issuer_))),
                    .issuer = issuer_.certificate,
                    .session = nullptr});
  }
  return device;
}

std::vector<DeviceScript> Fleet::NewDevices(int count) {
  std::vector<DeviceScript> devices;
  for (int i = 0; i < count; ++i, ++last_device_) {
    devices.push_back(NewDevice());
  }
  return devices;
}

std::vector<DeviceScript> Fleet::EchoDevices(int count) {
  std::vector<DeviceScript> devices = NewDevices(count);
  for (DeviceScript& device : devices) {
    device.echo = true;
    device.filter = "echo/registrations/" + device.connect.client_id;
    for (auto* request : {&device.register_request, &device.poll_request}) {
      request->topic = device.filter;
      request->payload.assign(kAnswerBytes, '.');
    }
  }
  return devices;
}

Status EnrollStrangers(const std::string& store_directory, const IdScope& scope,
                       int individuals, int groups) {
  constexpr int kBatch = 10'000;
  LmdbOptions options;
  options.directory = store_directory;
  DPS_TRY(const auto store, LmdbStore::Open(options));
  Batch batch;
  for (int i = 0; i < groups; ++i) {
    DPS_TRY(EnrollmentGroupId id,
            EnrollmentGroupId::Parse("stranger-" + std::to_string(i)));
    batch.changes.emplace_back(Put<EnrollmentGroup>{
        scope,
        {.enrollment_group_id = std::move(id),
         .terms = {.attestation = SigningCertificate(Stranger()),
                   .etag = NewGuid()}},
        Expect::Anything()});
  }
  for (int i = 0; i < individuals; ++i) {
    DPS_TRY(RegistrationId id,
            RegistrationId::Parse("stranger-" + std::to_string(i)));
    batch.changes.emplace_back(Put<IndividualEnrollment>{
        scope,
        {.registration_id = std::move(id),
         .terms = {.attestation = X509Attestation{.primary = Stranger()},
                   .etag = NewGuid()}},
        Expect::Anything()});
    if (batch.changes.size() < kBatch) continue;
    DPS_CHECK(store->Commit(batch));
    batch.changes.clear();
  }
  return store->Commit(batch);
}

Result<ConnectionString> AddOperator(const std::string& store_directory,
                                     const IdScope& scope) {
  DPS_TRY(const auto store, LmdbStore::Open({.directory = store_directory}));
  DPS_TRY(const AccessPolicyName name, AccessPolicyName::Parse("reader"));
  DPS_TRY(const AccessRights rights, AccessRights::Parse("EnrollmentRead"));
  const SecretBytes key = RandomSecret(32);
  DPS_CHECK(store->Commit(
      {.changes = {Put<AccessPolicy>{scope,
                                     {.name = name,
                                      .rights = rights,
                                      .primary_key = key,
                                      .secondary_key = RandomSecret(32),
                                      .etag_text = NewGuid()},
                                     Expect::Absent()}}}));
  return ConnectionString{.host = "localhost",
                          .authority = "localhost",
                          .policy = "reader",
                          .key = key};
}

}  // namespace dps::bench
