#pragma once

#include <string>

namespace gavel {

// Writes a file whole: what was there before stays until the new bytes are on disk (a temporary
// file beside it, fsync, rename, fsync of the folder). Throws std::runtime_error that names the
// file.
void write_durably(const std::string& path, const std::string& bytes);

}  // namespace gavel
