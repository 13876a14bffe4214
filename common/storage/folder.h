#pragma once

#include <string>

namespace gavel {

// Makes what was created, renamed or removed in a folder survive a loss of power: a file's own
// fsync does not keep its name. Throws std::runtime_error that names the folder.
void sync_folder(const std::string& path);

// Creates a folder and those above it that are missing, and syncs each new one's name. Throws
// std::runtime_error.
void make_folder(const std::string& path);

}  // namespace gavel
