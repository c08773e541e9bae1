// SPDX-License-Identifier: Apache-2.0
#include "apps/dpsctl/options.h"

namespace dps::option {
namespace {

void Format(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--format", arguments.format,
                  "ndjson, a line of JSON for each, or csv, whose first line "
                  "names the columns (default: as the file's name ends, else "
                  "ndjson)")
      ->check(CLI::IsMember({"ndjson", "csv"}));
}

}  // namespace

void RowsToImport(CLI::App& command, Arguments& arguments) {
  command.add_option("FILE", arguments.path, "File to read, or - for stdin")
      ->required()
      ->check(NotEmpty());
  Format(command, arguments);
  command
      .add_option("--mode", arguments.import_mode,
                  "create, update, delete (by the id alone), or createOrUpdate "
                  "(the default), after which the same file changes nothing")
      ->check(CLI::IsMember({"create", "update", "createOrUpdate", "delete"}));
  command
      .add_option("--results", arguments.results_path,
                  "File to write all refused rows to: line, id and reason, as "
                  "NDJSON")
      ->check(NotEmpty());
}

void RowsToExport(CLI::App& command, Arguments& arguments) {
  command
      .add_option("FILE", arguments.path,
                  "File to write, for its owner alone (default: stdout)")
      ->check(NotEmpty());
  Format(command, arguments);
  command.add_flag("--show-keys,--keys", arguments.show_keys,
                   "With keys and certificates: an import makes the same "
                   "enrollments of it, wherever");
}

void FleetFile(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--file,-f", arguments.path,
                  "YAML or JSON, or - for stdin (docs/operations.md)")
      ->required()
      ->check(NotEmpty());
  command.add_flag("--dry-run", arguments.dry_run,
                   "Only show what would change; exit code 3 if something "
                   "would");
  command.add_flag("--prune", arguments.prune,
                   "Also remove what the sections of the file do not name");
}

}  // namespace dps::option
