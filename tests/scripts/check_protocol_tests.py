#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every test the conformance table names exists.

usage: check_protocol_tests.py PAGE TEST_PROGRAM...
PAGE is docs/protocol.md; its table's last two columns name tests, parted by
"; ". Each program lists its tests with --list-test-cases (doctest).
"""
import re
import subprocess
import sys

COLUMNS = 4
NONE = "—"


def named_tests(page):
    """Yields (row, test) for each test the table names."""
    with open(page, encoding="utf-8") as file:
        table = file.read().partition("\n## Conformance\n")[2]
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != COLUMNS or not re.fullmatch(r"\d+", cells[0]):
            continue
        for cell in cells[2:]:
            for test in cell.split("; "):
                if test != NONE:
                    yield cells[0], test


def existing_tests(programs):
    tests = set()
    for program in programs:
        listed = subprocess.run([program, "--list-test-cases"], check=True,
                                stdout=subprocess.PIPE, text=True).stdout
        tests.update(listed.splitlines())
    return tests


def main(page, programs):
    existing = existing_tests(programs)
    named = list(named_tests(page))
    if not named:
        print(f"{page}: the table names no test")
        return 1
    missing = [(row, test) for row, test in named if test not in existing]
    for row, test in missing:
        print(f'{page}: row {row} names no test that exists: "{test}"')
    return 1 if missing else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
