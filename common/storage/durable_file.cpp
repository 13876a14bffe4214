#include "common/storage/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "common/runtime/file_descriptor.h"
#include "common/storage/folder.h"

namespace gavel {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

// The system has no such call, which is only a matter of pace.
bool is_missing(int error) {
    return error == ENOSYS || error == EINVAL || error == EPERM;
}

// Writes all of it, a piece at a time, each of which the disk is given before the next: what comes
// to a disk in one stretch holds up whoever syncs a few bytes beside it.
bool write_in_pieces(const FileDescriptor& file, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::write(file.get(), bytes.data(), std::min(bytes.size(), piece_bytes));
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
        // A failure that is told here is not told again by the fsync.
        constexpr auto given = SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
        if (::sync_file_range(file.get(), 0, 0, given) != 0 && !is_missing(errno)) return false;
    }
    return true;
}

}  // namespace

void write_durably(const std::string& path, const std::string& bytes) {
    const std::string unfinished = path + ".tmp";
    {
        FileDescriptor file(
            ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (!file.valid() || !write_in_pieces(file, bytes) || ::fsync(file.get()) != 0) {
            throw std::runtime_error("cannot write " + path);
        }
    }
    std::filesystem::rename(unfinished, path);
    sync_folder(std::filesystem::absolute(path).parent_path().string());
}

}  // namespace gavel
