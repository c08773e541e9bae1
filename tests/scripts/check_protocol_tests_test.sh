#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Shows that check_protocol_tests.py tells a test that exists from one that
# does not.
set -eu
check=$(dirname "$0")/check_protocol_tests.py
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

printf '#!/bin/sh\necho "topic: one, two"\necho "session: three"\n' \
  > "$folder/tests"
chmod +x "$folder/tests"

# page CELL CELL: a page whose only row names these tests.
page() {
  printf '| 1 | a table | elsewhere | does not count |\n\n## Conformance\n\n' \
    > "$folder/page.md"
  printf '| # | What | Shown by | End to end |\n|---|---|---|---|\n' \
    >> "$folder/page.md"
  printf '| | **Connect** | | |\n| 7 | we do | %s | %s |\n' "$1" "$2" \
    >> "$folder/page.md"
}

accepted() {
  page "$1" "$2"
  "$check" "$folder/page.md" "$folder/tests" && return
  echo "refused, though it exists: $1 | $2" >&2
  exit 1
}

# caught CELL CELL NAME: NAME is told to be missing.
caught() {
  page "$1" "$2"
  if said=$("$check" "$folder/page.md" "$folder/tests"); then
    echo "not caught: $3" >&2
    exit 1
  fi
  case $said in
    *"row 7 "*"\"$3\""*) ;;
    *) echo "not named: $3: $said" >&2; exit 1 ;;
  esac
}

accepted 'topic: one, two' '—'
accepted '—' 'topic: one, two; session: three'
caught 'topic: one' '—' 'topic: one'
caught 'topic: one, two; session: four' 'session: three' 'session: four'
caught '—' 'Session: three' 'Session: three'
caught '—' '' ''

: > "$folder/page.md"
if "$check" "$folder/page.md" "$folder/tests" > /dev/null; then
  echo "a page without a table was accepted" >&2
  exit 1
fi
