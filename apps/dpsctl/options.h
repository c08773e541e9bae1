// SPDX-License-Identifier: Apache-2.0
// The options of dpsctl, each defined once for all commands.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>

#include "apps/dpsctl/arguments.h"

namespace dps {

// For values an empty shell variable must not stand for.
CLI::Validator NotEmpty();

// Names as in `az iot dps`.
namespace option {
void DpsNameRequired(CLI::App& command, Arguments& arguments);
void IdScopeOfNew(CLI::App& command, Arguments& arguments);
void EnrollmentId(CLI::App& command, Arguments& arguments);
void GroupFilter(CLI::App& command, Arguments& arguments);
void RegistrationId(CLI::App& command, Arguments& arguments);
void HubName(CLI::App& command, Arguments& arguments);
void LatencyTablePath(CLI::App& command, Arguments& arguments);
void Address(CLI::App& command, Arguments& arguments);
// What an allocation is tried with beside the device.
void AllocationTrial(CLI::App& command, Arguments& arguments);
void Etag(CLI::App& command, Arguments& arguments);
void Top(CLI::App& command, Arguments& arguments);
void ShowKeys(CLI::App& command, Arguments& arguments);
// --key or --enrollment-id, one of them.
void KeySource(CLI::App& command, Arguments& arguments);
// --key of one device, --duration of what it signs.
void DeviceKey(CLI::App& command, Arguments& arguments);
// What an instance can be told beside its name.
void InstanceSettings(CLI::App& command, Arguments& arguments);
void DeviceId(CLI::App& command, Arguments& arguments);
// --allocation-weight, --apply-allocation-policy.
void HubShare(CLI::App& command, Arguments& arguments);
// --region, --coordinates.
void HubPlace(CLI::App& command, Arguments& arguments);
void Repair(CLI::App& command, Arguments& arguments);
// What individual enrollments and groups have in common.
void EnrollmentTerms(CLI::App& command, Arguments& arguments);
// An option that means true without a value.
void Switch(CLI::App& command, const char* names, std::optional<bool>& target,
            const char* description);

// options_policy.cc
void PolicyName(CLI::App& command, Arguments& arguments);
void Rights(CLI::App& command, Arguments& arguments);
void RightsRequired(CLI::App& command, Arguments& arguments);
void PolicyKeys(CLI::App& command, Arguments& arguments);
// --key, one of two.
void KeySlotRequired(CLI::App& command, Arguments& arguments);
void ConnectionStringParts(CLI::App& command, Arguments& arguments);

// options_hub.cc
// --hub-name, where it can be told otherwise.
void HubNameIfAny(CLI::App& command, Arguments& arguments);
// What a linked hub's connector is and can be told.
void Connector(CLI::App& command, Arguments& arguments);
void HubTaskId(CLI::App& command, Arguments& arguments);
void HubTaskFilter(CLI::App& command, Arguments& arguments);
// --with-hub-identity, --disenroll.
void Deprovisioning(CLI::App& command, Arguments& arguments);
void EnrollmentGroup(CLI::App& command, Arguments& arguments);
// --plan, --notify, --rate, --all.
void Reprovisioning(CLI::App& command, Arguments& arguments);

// options_list.cc
void RegistrationConditions(CLI::App& command, Arguments& arguments);
// --registration-id, or conditions.
void RegistrationsToDelete(CLI::App& command, Arguments& arguments);
void EnrollmentConditions(CLI::App& command, Arguments& arguments);
void WithRegistrationState(CLI::App& command, Arguments& arguments);

// options_rows.cc
void RowsToImport(CLI::App& command, Arguments& arguments);
void RowsToExport(CLI::App& command, Arguments& arguments);
void FleetFile(CLI::App& command, Arguments& arguments);

// options_x509.cc
void ClientCertificates(CLI::App& command, Arguments& arguments);
// Certificates, or references to those of the instance.
void SigningCertificates(CLI::App& command, Arguments& arguments);
// Of an enrollment that is there, before others are put in.
void RemoveCertificates(CLI::App& command, Arguments& arguments);
void CertificateName(CLI::App& command, Arguments& arguments);
void CertificatePath(CLI::App& command, Arguments& arguments);
void CertificatePathRequired(CLI::App& command, Arguments& arguments);
void RevocationListPath(CLI::App& command, Arguments& arguments);
void Verified(CLI::App& command, Arguments& arguments);
// --certificate or --sas-token, one of them, and whose they are.
void DeviceProof(CLI::App& command, Arguments& arguments);
// By what a broker judges it: as its options plugin_opt_dps_*.
void ProofRules(CLI::App& command, Arguments& arguments);
}  // namespace option

}  // namespace dps
