// SPDX-License-Identifier: Apache-2.0
// What an operator's connector of a linked hub becomes in the store.
#pragma once

#include "core/base/result.h"
#include "core/base/secret_box.h"
#include "core/model/ids.h"
#include "core/model/linked_hub.h"

namespace dps {

// The settings can be meant, as their hub judges them (core/hub): URLs, topics,
// ACLs, and a connection string or key that comes as it is; and files are named
// by their whole path. Asks neither the hub nor the disk. Pure. Errors:
// kInvalidArgument; messages hold nothing of a secret.
[[nodiscard]] Status CheckConnector(const ConnectorSettings& settings);

// A secret that comes as it is (kPlainSecret) is sealed for the hub; all others
// stay. Errors: kInvalidArgument (it is empty), kUnavailable (SecretBox::Seal).
[[nodiscard]] Status SealSecret(const SecretBox& box, const IdScope& scope,
                                LinkedHub& hub);

// Scheme, host and port that the connector's secret is used at, in one form;
// empty: it has none, or the secret itself says it, or the URL is none. Pure.
std::string AddressOfSecret(const ConnectorSettings& settings);

// kKeptSecret is replaced by what `stored` has (null: a new hub). Pure. Errors:
// kInvalidArgument (there is none, it is of another type of connector, or it
// would be used at another address: whoever may change the URL must not get at
// the secret by that).
[[nodiscard]] Status KeepSecret(const LinkedHub* stored, LinkedHub& hub);

// For operators who are not on the machine: files and environment variables may
// be named only as `stored` names them (null: a new hub), and only for the
// address they are named for; else whoever may link hubs could have any file
// sent to a server of his. Pure. Errors: kForbidden.
[[nodiscard]] Status CheckReferencesOfStranger(const LinkedHub* stored,
                                               const LinkedHub& hub);

}  // namespace dps
