#include "common/storage/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "common/runtime/file_descriptor.h"
#include "common/storage/folder.h"

namespace gavel {

void write_durably(const std::string& path, const std::string& bytes) {
    const std::string unfinished = path + ".tmp";
    {
        FileDescriptor file(
            ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        std::size_t written = 0;
        while (file.valid() && written < bytes.size()) {
            const auto count = ::write(file.get(), bytes.data() + written, bytes.size() - written);
            if (count <= 0) break;
            written += static_cast<std::size_t>(count);
        }
        if (written < bytes.size() || !file.valid() || ::fsync(file.get()) != 0) {
            throw std::runtime_error("cannot write " + path);
        }
    }
    std::filesystem::rename(unfinished, path);
    sync_folder(std::filesystem::absolute(path).parent_path().string());
}

}  // namespace gavel
