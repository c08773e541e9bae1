// SPDX-License-Identifier: Apache-2.0
// Files read and written piece by piece, whatever their size; `-` is stdin or
// stdout. Open them before a Service is opened: root gives up its rights there.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/handle.h"
#include "core/base/result.h"

namespace dps {

inline void CloseFile(std::FILE* file) { static_cast<void>(std::fclose(file)); }
using FileHandle = Handle<std::FILE, CloseFile>;

class InputStream {
 public:
  // Errors, as of Read(): kInvalidArgument, naming the file.
  [[nodiscard]] static Result<InputStream> Open(const std::string& path);

  // The next piece, until the next call; empty at the end.
  [[nodiscard]] Result<std::string_view> Read();

 private:
  InputStream(std::string path, FileHandle file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  FileHandle file_;
  std::string piece_;
};

class OutputStream {
 public:
  // The file is for its owner alone from now on: there may be keys in it. What
  // one that is there holds goes with the first Write(). Errors, as of the
  // others: kUnavailable, naming the file.
  [[nodiscard]] static Result<OutputStream> Open(const std::string& path);

  [[nodiscard]] Status Write(std::string_view bytes);
  // Only then all is written.
  [[nodiscard]] Status Close();

 private:
  // Empties a regular file.
  [[nodiscard]] Status Begin();

  OutputStream(std::string path, FileHandle file)
      : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  FileHandle file_;
  bool is_begun_ = false;
};

}  // namespace dps
