// SPDX-License-Identifier: Apache-2.0
// Bodies of requests with certificates, for tests.
#pragma once

#include <string>

#include "core/base/crypto.h"
#include "core/base/json.h"
#include "tests/support/certificate_forge.h"

namespace dps {

inline std::string Quoted(const std::string& text) {
  return JsonWriter().String(text).Take();
}

// `{"certificate": PEM}`: one slot of an attestation.
inline std::string SlotJson(const Forged& forged) {
  return R"({"certificate":)" + Quoted(Pem(forged.certificate)) + "}";
}

// `{"primary": .., "secondary": ..}`; an empty text leaves a slot out.
inline std::string SlotsJson(const std::string& primary,
                             const std::string& secondary = "") {
  std::string json = "{";
  if (!primary.empty()) json += R"("primary":)" + primary;
  if (!primary.empty() && !secondary.empty()) json += ",";
  if (!secondary.empty()) json += R"("secondary":)" + secondary;
  return json + "}";
}

// `x509` is the text of the object of that name.
inline std::string X509EnrollmentJson(const std::string& id,
                                      const std::string& x509) {
  return R"({"registrationId":")" + id +
         R"(","attestation":{"type":"x509","x509":)" + x509 + "}}";
}
inline std::string X509GroupJson(const std::string& id,
                                 const std::string& x509) {
  return R"({"enrollmentGroupId":")" + id +
         R"(","attestation":{"type":"x509","x509":)" + x509 + "}}";
}

inline std::string Client(const std::string& slots) {
  return R"({"clientCertificates":)" + slots + "}";
}
inline std::string Signing(const std::string& slots) {
  return R"({"signingCertificates":)" + slots + "}";
}
inline std::string References(const std::string& primary,
                              const std::string& secondary = "") {
  return R"({"caReferences":)" +
         SlotsJson(Quoted(primary),
                   secondary.empty() ? "" : Quoted(secondary)) +
         "}";
}

}  // namespace dps
