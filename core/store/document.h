// SPDX-License-Identifier: Apache-2.0
// What a store must know of each kind of document, in one place.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/model/access_policy.h"
#include "core/model/ca_certificate.h"
#include "core/model/device_attempts.h"
#include "core/model/enrollment.h"
#include "core/model/hub_health.h"
#include "core/model/hub_task.h"
#include "core/model/instance.h"
#include "core/model/latency_table_document.h"
#include "core/model/linked_hub.h"
#include "core/model/registration.h"
#include "core/store/index.h"

namespace dps {

// kName: for messages. kTable: the table's name on disk, never to be renamed.
// kIsConfig: whether a change of it moves the scope's config version
// (store.h). kIndexed: how the index calls it, for the kinds it leads to.
// Serialize and Parse: the stored form.
template <class Document>
struct DocumentKind;

template <class Document>
concept Indexed = requires {
  DocumentKind<Document>::kIndexed;
};

template <>
struct DocumentKind<Instance> {
  static constexpr std::string_view kName = "instance";
  static constexpr const char* kTable = "instances";
  static constexpr bool kIsConfig = true;
  static std::string Serialize(const Instance& instance) {
    return ToJson(instance, Secrets::kAll);
  }
  [[nodiscard]] static Result<Instance> Parse(std::string_view json) {
    return ParseInstance(json);
  }
};

template <>
struct DocumentKind<LinkedHub> {
  static constexpr std::string_view kName = "linked hub";
  static constexpr const char* kTable = "linked_hubs";
  static constexpr bool kIsConfig = true;
  static std::string Serialize(const LinkedHub& hub) {
    return ToJson(hub, Secrets::kAll);
  }
  [[nodiscard]] static Result<LinkedHub> Parse(std::string_view json) {
    return ParseLinkedHub(json, DocumentSource::kStore);
  }
};

template <>
struct DocumentKind<IndividualEnrollment> {
  static constexpr std::string_view kName = "enrollment";
  static constexpr const char* kTable = "enrollments";
  static constexpr IndexedKind kIndexed = IndexedKind::kIndividualEnrollment;
  static constexpr bool kIsConfig = true;
  static std::string Serialize(const IndividualEnrollment& enrollment) {
    return ToJson(enrollment, Secrets::kAll);
  }
  [[nodiscard]] static Result<IndividualEnrollment> Parse(
      std::string_view json) {
    return ParseIndividualEnrollment(json, DocumentSource::kStore);
  }
};

template <>
struct DocumentKind<EnrollmentGroup> {
  static constexpr std::string_view kName = "enrollment group";
  static constexpr const char* kTable = "enrollment_groups";
  static constexpr IndexedKind kIndexed = IndexedKind::kEnrollmentGroup;
  static constexpr bool kIsConfig = true;
  static std::string Serialize(const EnrollmentGroup& group) {
    return ToJson(group, Secrets::kAll);
  }
  [[nodiscard]] static Result<EnrollmentGroup> Parse(std::string_view json) {
    return ParseEnrollmentGroup(json, DocumentSource::kStore);
  }
};

template <>
struct DocumentKind<CaCertificate> {
  static constexpr std::string_view kName = "certificate";
  static constexpr const char* kTable = "ca_certificates";
  static constexpr IndexedKind kIndexed = IndexedKind::kCaCertificate;
  static constexpr bool kIsConfig = true;
  static std::string Serialize(const CaCertificate& certificate) {
    return ToJson(certificate, Secrets::kAll);
  }
  [[nodiscard]] static Result<CaCertificate> Parse(std::string_view json) {
    return ParseCaCertificate(json);
  }
};

template <>
struct DocumentKind<RevokedCertificates> {
  static constexpr std::string_view kName = "revocation list";
  static constexpr const char* kTable = "revoked_certificates";
  static constexpr IndexedKind kIndexed = IndexedKind::kRevokedCertificates;
  static constexpr bool kIsConfig = true;
  static std::string Serialize(const RevokedCertificates& revoked) {
    return ToJson(revoked);
  }
  [[nodiscard]] static Result<RevokedCertificates> Parse(
      std::string_view json) {
    return ParseRevokedCertificates(json);
  }
};

template <>
struct DocumentKind<LatencyTableDocument> {
  static constexpr std::string_view kName = "latency table";
  static constexpr const char* kTable = "latency_tables";
  static constexpr bool kIsConfig = true;
  static std::string Serialize(const LatencyTableDocument& table) {
    return ToJson(table);
  }
  [[nodiscard]] static Result<LatencyTableDocument> Parse(
      std::string_view json) {
    return ParseLatencyTableDocument(json);
  }
};

template <>
struct DocumentKind<AccessPolicy> {
  static constexpr std::string_view kName = "access policy";
  static constexpr const char* kTable = "access_policies";
  static constexpr bool kIsConfig = true;
  static std::string Serialize(const AccessPolicy& policy) {
    return ToJson(policy, Secrets::kAll);
  }
  [[nodiscard]] static Result<AccessPolicy> Parse(std::string_view json) {
    return ParseAccessPolicy(json);
  }
};

template <>
struct DocumentKind<HubTask> {
  static constexpr std::string_view kName = "hub task";
  static constexpr const char* kTable = "hub_tasks";
  static constexpr bool kIsConfig = false;
  static std::string Serialize(const HubTask& task) {
    return ToJson(task, HubTaskView::kStored);
  }
  [[nodiscard]] static Result<HubTask> Parse(std::string_view json) {
    return ParseHubTask(json);
  }
};

template <>
struct DocumentKind<HubHealth> {
  static constexpr std::string_view kName = "hub health";
  static constexpr const char* kTable = "hub_health";
  static constexpr bool kIsConfig = false;
  static std::string Serialize(const HubHealth& health) {
    return ToJson(health);
  }
  [[nodiscard]] static Result<HubHealth> Parse(std::string_view json) {
    return ParseHubHealth(json);
  }
};

template <>
struct DocumentKind<DeviceAttempts> {
  static constexpr std::string_view kName = "attempts";
  static constexpr const char* kTable = "device_attempts";
  static constexpr bool kIsConfig = false;
  static std::string Serialize(const DeviceAttempts& device) {
    return ToJson(device);
  }
  [[nodiscard]] static Result<DeviceAttempts> Parse(std::string_view json) {
    return ParseDeviceAttempts(json);
  }
};

template <>
struct DocumentKind<RegistrationRecord> {
  static constexpr std::string_view kName = "registration";
  static constexpr const char* kTable = "registrations";
  static constexpr bool kIsConfig = false;
  static std::string Serialize(const RegistrationRecord& record) {
    return ToJson(record, RegistrationView::kStored);
  }
  [[nodiscard]] static Result<RegistrationRecord> Parse(std::string_view json) {
    return ParseRegistrationRecord(json);
  }
};

}  // namespace dps
