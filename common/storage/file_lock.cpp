#include "common/storage/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace gavel {

FileLock::FileLock(const std::string& path)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (!file_.valid()) {
        throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno) +
                                 "; check that the folder exists and belongs to this user");
    }
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
        throw std::runtime_error(path +
                                 " is locked: another process is using this data; stop it, "
                                 "or choose another DATA_DIR");
    }
}

}  // namespace gavel
