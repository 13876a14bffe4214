#pragma once

#include <string>

#include "common/runtime/file_descriptor.h"

namespace gavel {

// Keeps a second process away from the same files, for as long as it lives (flock). The kernel
// lets go of it when the process dies, however it dies.
class FileLock {
  public:
    // Throws std::runtime_error when another process holds it or the file cannot be made.
    explicit FileLock(const std::string& path);

  private:
    FileDescriptor file_;
};

}  // namespace gavel
