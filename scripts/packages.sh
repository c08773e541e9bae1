# SPDX-License-Identifier: Apache-2.0
# Sourced by the other scripts: installs what a Debian 12 machine lacks.

BUILD_PACKAGES="g++ cmake ninja-build libssl-dev rapidjson-dev liblmdb-dev
  libcurl4-openssl-dev libmaxminddb-dev libexpected-dev libcli11-dev
  libmicrohttpd-dev libsystemd-dev libyaml-cpp-dev mosquitto-dev
  libmosquitto-dev"
BROKER_PACKAGES="mosquitto mosquitto-clients openssl ca-certificates"
TEST_PACKAGES="doctest-dev librapidcheck-dev python3"
CHECK_PACKAGES="clang clang-format clang-tidy libclang-rt-14-dev"

is_installed() {
  dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

# Installs those of the named packages that are missing.
need_packages() {
  local missing=() package
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  if ! command -v apt-get > /dev/null; then
    echo "error: this needs Debian 12 (apt-get) or, installed by hand:" \
      "${missing[*]}" >&2
    return 1
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo > /dev/null; then
      echo "error: run as root, or install sudo, to install: ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing: ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "${missing[@]}"; } \
    > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "error: apt-get could not install: ${missing[*]}" >&2
    return 1
  fi
  rm -f "$log"
}

# Node.js may have come from elsewhere, so commands count here, not packages.
need_node() {
  command -v node > /dev/null || need_packages nodejs || return 1
  command -v npm > /dev/null || need_packages npm
}

# Runs a build quietly; shows what it said only when it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" > "$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    echo "error: failed: $*" >&2
    return 1
  fi
  rm -f "$log"
}
