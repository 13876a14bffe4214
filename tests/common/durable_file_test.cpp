#include "common/storage/durable_file.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "tests/support/temporary_directory.h"

namespace gavel {
namespace {

using testing::TemporaryDirectory;

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("a file has what was written, however many pieces that is, and nothing else is left") {
    const TemporaryDirectory folder;
    const std::string path = folder.file("made");
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{256 * 1024},
                                   std::size_t{3 * 256 * 1024 + 17}}) {
        CAPTURE(size);
        std::string bytes(size, 'x');
        for (std::size_t i = 0; i < size; i += 1000) bytes[i] = static_cast<char>('a' + i % 26);
        write_durably(path, bytes);
        CHECK(content_of(path) == bytes);
        CHECK_FALSE(std::filesystem::exists(path + ".tmp"));
    }
}

TEST_CASE("what cannot be written is told, and what was there stays") {
    const TemporaryDirectory folder;
    const std::string path = folder.file("made");
    write_durably(path, "first");
    std::filesystem::create_directory(path + ".tmp");  // stands where the new one would be written
    CHECK_THROWS_AS(write_durably(path, "second"), std::runtime_error);
    CHECK(content_of(path) == "first");
}

}  // namespace
}  // namespace gavel
