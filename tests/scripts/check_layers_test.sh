#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Shows that scripts/check-layers tells a forbidden include from an allowed one.
set -eu
check_layers=$(dirname "$0")/../../scripts/check-layers
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

put() {
  mkdir -p "$tree/$(dirname "$1")"
  echo "#include $2" > "$tree/$1"
}

put core/model/model.h '"core/base/b.h"'
put core/hub/hub.cc '"core/http/b.h"'
put core/registration/registration.cc '"core/store/b.h"'
put core/base/crypto.cc '<openssl/evp.h>'
put core/base/certificate_parse.cc '<openssl/x509.h>'
put plugin/tls_hook.cc '<openssl/ssl.h>'
put core/store/lmdb_store.cc '<lmdb.h>'
put plugin/plugin.cc '<mosquitto_broker.h>'
put core/hub/mosquitto_session.cc '<mosquitto.h>'
put apps/dpsctl/main.cc '"core/service_api/b.h"'
put apps/dps-service/http_server_engine.h '<microhttpd.h>'
put apps/dps-service/http_server_tls.cc '<gnutls/gnutls.h>'
"$check_layers" "$tree" || {
  echo "an allowed include was refused" >&2
  exit 1
}

put core/base/upward.h '"core/model/b.h"'
put core/protocol/sibling.cc '"core/attestation/b.h"'
put core/store/no_http.cc '"core/http/b.h"'
put core/service_api/sibling.cc '"core/registration/b.h"'
put core/registration/to_plugin.cc '"plugin/b.h"'
put apps/dpsctl/to_plugin.cc '"plugin/b.h"'
put core/new_room/unlisted.cc '"core/base/b.h"'
put core/base/not_from_root.cc '"text.h"'
put core/store/indented.cc '  <openssl/evp.h>'
put plugin/no_openssl.cc '<openssl/ssl.h>'
put core/store/no_lmdb.cc '<lmdb.h>'
put core/model/no_rapidjson.cc '<rapidjson/document.h>'
put core/model/no_broker.cc '<mosquitto.h>'
put core/model/no_new_broker.cc '<mosquitto/broker.h>'
put core/hub/no_client.cc '<mosquitto.h>'
put apps/dps-service/no_microhttpd.cc '<microhttpd.h>'
put core/http/no_gnutls.cc '<gnutls/gnutls.h>'
put core/hub/mosquitto_session_broker.cc '<mosquitto_broker.h>'
if said=$("$check_layers" "$tree" 2>&1); then
  echo "forbidden includes were let through" >&2
  exit 1
fi
for file in base/upward.h protocol/sibling.cc store/no_http.cc \
  service_api/sibling.cc registration/to_plugin.cc dpsctl/to_plugin.cc \
  new_room/unlisted.cc base/not_from_root.cc store/indented.cc \
  store/no_lmdb.cc model/no_rapidjson.cc model/no_broker.cc \
  model/no_new_broker.cc hub/no_client.cc hub/mosquitto_session_broker.cc \
  no_openssl.cc dps-service/no_microhttpd.cc http/no_gnutls.cc; do
  case $said in
    *"/$file: "*) ;;
    *) echo "$file was not caught: $said" >&2; exit 1 ;;
  esac
done
