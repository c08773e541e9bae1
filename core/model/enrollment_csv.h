// SPDX-License-Identifier: Apache-2.0
// Enrollments as rows of a table of comma-separated values: one column for each
// thing an operator says of one (docs/service.md lists them).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace dps {

enum class EnrollmentTable { kIndividual, kGroup };

class EnrollmentColumns {
 public:
  // In the order in which an export writes them.
  static EnrollmentColumns All(EnrollmentTable table);
  // Of a table whose first line this is: names in any order and letter case.
  // Errors: kInvalidArgument (an unknown name, one twice, none for the id).
  [[nodiscard]] static Result<EnrollmentColumns> OfHeader(
      EnrollmentTable table, const std::vector<std::string>& header);

  std::vector<std::string> Header() const;

  // The document that a line stands for, as the service API takes it; an empty
  // field says nothing. Without attestationType it is x509 if there is anything
  // of certificates, else symmetricKey. What the fields say is judged by the
  // service, but for their form. Errors: kInvalidArgument naming the column.
  [[nodiscard]] Result<std::string> ToDocument(
      const std::vector<std::string>& fields) const;

  // The line that stands for a document; what no column is for (etag, times)
  // is left out. Errors: kMalformedJson, kInvalidArgument.
  [[nodiscard]] Result<std::vector<std::string>> ToFields(
      std::string_view document) const;

 private:
  explicit EnrollmentColumns(EnrollmentTable table) : table_(table) {}

  EnrollmentTable table_;
  std::vector<std::size_t> columns_;  // places in the list of all
};

}  // namespace dps
