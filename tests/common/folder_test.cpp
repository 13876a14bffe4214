#include "common/storage/folder.h"

#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace {

std::mutex synced_mutex;
std::vector<std::string> synced;  // what was given to fsync(), in order

}  // namespace

// In place of the C library's, which leaves no trace that a test could look at.
extern "C" int fsync(int descriptor) {
    {
        const std::lock_guard lock(synced_mutex);
        std::error_code none;
        synced.push_back(
            std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor), none));
    }
    return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

namespace gavel {
namespace {

std::vector<std::string> synced_by(const std::string& folder) {
    {
        const std::lock_guard lock(synced_mutex);
        synced.clear();
    }
    make_folder(folder);
    const std::lock_guard lock(synced_mutex);
    return synced;
}

TEST_CASE("each folder that is made has its name synced, from the top down") {
    const testing::TemporaryDirectory directory;
    const std::string top = std::filesystem::canonical(directory.path());
    using Synced = std::vector<std::string>;
    CHECK(synced_by(top + "/a/b/c") == Synced{top, top + "/a", top + "/a/b"});
    CHECK(std::filesystem::is_directory(top + "/a/b/c"));
    CHECK(synced_by(top + "/a/b/c").empty());
    CHECK(synced_by(top + "/a/d/") == Synced{top + "/a"});
    CHECK(synced_by(top + "/a/x/../e") == Synced{top + "/a"});
    CHECK(std::filesystem::is_directory(top + "/a/e"));
}

TEST_CASE("a folder that cannot be made or synced is an error") {
    const testing::TemporaryDirectory directory;
    const auto file = directory.file("file");
    std::ofstream(file) << "no folder";
    CHECK_THROWS_AS(make_folder(file + "/a"), std::runtime_error);
    CHECK_THROWS_AS(sync_folder(file), std::runtime_error);
    CHECK_THROWS_AS(sync_folder(directory.file("missing")), std::runtime_error);
}

}  // namespace
}  // namespace gavel
