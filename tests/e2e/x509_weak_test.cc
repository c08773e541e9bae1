// SPDX-License-Identifier: Apache-2.0
// Certificates that a CA should not have issued, or not for this, on the real
// port.
#include <doctest/doctest.h>

#include "tests/e2e/hostile_rig.h"

namespace dps {

TEST_CASE("x509_weak: weak keys and digests are refused") {
  HostileRig rig;
  CertificateSpec small_key = LeafSpec("dev-1", &rig.ca);
  small_key.key = ForgeKey({.kind = KeyKind::kRsa, .bits = 1024});
  rig.CheckRefused(small_key, "CN=dev-1 has a key too weak");
  CertificateSpec old_digest = LeafSpec("dev-1", &rig.ca);
  old_digest.digest = "SHA1";
  rig.CheckRefused(old_digest, "CN=dev-1 is signed with a digest too weak");
  CertificateSpec small_ca = CaSpec("small CA", &rig.root);
  small_ca.key = ForgeKey({.kind = KeyKind::kRsa, .bits = 1024});
  const Forged weak = Forge(ValidNow(small_ca));
  rig.CheckRefused(rig.files.Device("dev-1", weak), {weak.certificate},
                   "CN=small CA has a key too weak");
  rig.CheckUnharmed();
}

TEST_CASE("x509_weak: a device's own key is bounded, too") {
  HostileRig rig({.plugin_options = "plugin_opt_dps_x509_rsa_bits_max 2048\n"});
  CertificateSpec large = LeafSpec("dev-1", &rig.ca);
  large.key = ForgeKey({.kind = KeyKind::kRsa, .bits = 3072});
  rig.CheckRefused(large, "CN=dev-1 has an RSA key of 3072 bits; at most 2048");
  rig.CheckUnharmed();
}

TEST_CASE("x509_weak: what a CA may not issue is refused") {
  HostileRig rig;
  CertificateSpec last = CaSpec("last CA", &rig.root);
  last.basic_constraints = "critical,CA:TRUE,pathlen:0";
  const Forged narrow = Forge(ValidNow(last));
  const Forged below = rig.files.Ca("CA below the last", narrow);
  CHECK(rig.Try(rig.files.As(rig.dps.broker().Tls(),
                             rig.files.Device("dev-1", narrow),
                             {narrow.certificate}),
                kMqtt5) == 0);
  rig.CheckRefused(rig.files.Device("dev-1", below),
                   {below.certificate, narrow.certificate},
                   "CN=last CA allows fewer intermediate certificates");
  CertificateSpec constrained = CaSpec("named CA", &rig.root);
  constrained.name_constraints = "critical,permitted;DNS:contoso.com";
  const Forged named = Forge(ValidNow(constrained));
  CertificateSpec outside = LeafSpec("dev-1", &named);
  outside.alternative_names = 1;
  rig.CheckRefused(Forge(ValidNow(outside)), {named.certificate},
                   "name constraints");
  rig.CheckUnharmed();
}

}  // namespace dps
