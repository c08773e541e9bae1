// SPDX-License-Identifier: Apache-2.0
// A small fleet in a store: one instance, two hubs, and devices' tokens.
#pragma once

#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/crypto.h"
#include "core/model/enrollment.h"
#include "core/model/ids.h"
#include "core/protocol/connect.h"
#include "core/store/store.h"

namespace dps {

inline constexpr std::string_view kScopeText = "0ne00ABCDEF";
inline constexpr std::string_view kHub1 = "hub-1.example.com";
inline constexpr std::string_view kHub2 = "hub-2.example.com";

IdScope TestScope();
RegistrationId Rid(std::string_view text);
SecretBytes TestKey(char fill);

// The instance with operation key, and hubs kHub1 and kHub2.
void AddInstance(Store& store, const IdScope& scope = TestScope());
void AddHub(Store& store, std::string_view name, int weight = 1);
void RemoveHub(Store& store, std::string_view name);
// Keys TestKey('p') and TestKey('s').
IndividualEnrollment EnrollmentOf(std::string_view id);
EnrollmentGroup GroupOf(std::string_view id);
// Puts the document, whether it was there or not.
void Save(Store& store, IndividualEnrollment enrollment);
void Save(Store& store, EnrollmentGroup group);

std::string TokenFor(std::string_view id, const SecretBytes& key,
                     UtcTime expiry, std::string_view scope = kScopeText);
// For a device of GroupOf().
std::string GroupTokenFor(std::string_view id, UtcTime expiry,
                          std::string_view scope = kScopeText);

ConnectRequest ConnectAs(std::string_view id,
                         std::string_view api_version = "2019-03-31");

}  // namespace dps
