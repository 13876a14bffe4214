#include "common/storage/folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "common/runtime/file_descriptor.h"

namespace gavel {

void sync_folder(const std::string& path) {
    FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // EINVAL: a file system that has no such thing for folders.
    if (!folder.valid() || (::fsync(folder.get()) != 0 && errno != EINVAL)) {
        throw std::runtime_error("cannot flush the folder " + path);
    }
}

void make_folder(const std::string& path) {
    auto folder = std::filesystem::absolute(path).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();  // it ended with a slash
    std::vector<std::filesystem::path> missing;
    for (; !std::filesystem::exists(folder); folder = folder.parent_path()) {
        missing.push_back(folder);
    }
    for (auto next = missing.rbegin(); next != missing.rend(); ++next) {
        std::filesystem::create_directory(*next);
        sync_folder(next->parent_path().string());
    }
}

}  // namespace gavel
