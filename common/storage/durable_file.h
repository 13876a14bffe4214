#pragma once

#include <string>

namespace gavel {

// Writes a file whole: what was there before stays until the new bytes are on disk (a temporary
// file beside it, fsync, rename, fsync of the folder). Throws std::runtime_error that names the
// file.
void write_durably(const std::string& path, const std::string& bytes);

// Makes the entries of a folder durable: a file that was made, renamed or removed in it.
void sync_folder(const std::string& path);

}  // namespace gavel
