#include "frontend/static_files.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <stdexcept>

#include "tests/support/temporary_directory.h"

namespace gavel::frontend {
namespace {

std::string reason_for(const std::filesystem::path& directory, std::size_t max_bytes = 1000) {
    try {
        const StaticFiles files(directory, max_bytes);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

TEST_CASE("every file below the directory is served under its path, with its type") {
    const testing::TemporaryDirectory directory;
    for (const char* name : {"index.html", "a.css", "js/deep/a.js", "b.mjs", "c.json", "d.map",
                             "e.txt", "f.svg", "g.png", "h.ico", "i.woff2", "j.unknown", "k"}) {
        directory.write(name, name);
    }
    const StaticFiles files(directory.path());
    CHECK(files.find("/")->plain.bytes == "index.html");
    CHECK(files.find("/index.html")->content_type == "text/html; charset=utf-8");
    CHECK(files.find("/a.css")->content_type == "text/css; charset=utf-8");
    CHECK(files.find("/js/deep/a.js")->content_type == "text/javascript; charset=utf-8");
    CHECK(files.find("/b.mjs")->content_type == "text/javascript; charset=utf-8");
    CHECK(files.find("/c.json")->content_type == "application/json");
    CHECK(files.find("/d.map")->content_type == "application/json");
    CHECK(files.find("/e.txt")->content_type == "text/plain; charset=utf-8");
    CHECK(files.find("/f.svg")->content_type == "image/svg+xml");
    CHECK(files.find("/g.png")->content_type == "image/png");
    CHECK(files.find("/h.ico")->content_type == "image/x-icon");
    CHECK(files.find("/i.woff2")->content_type == "font/woff2");
    CHECK(files.find("/j.unknown")->content_type == "application/octet-stream");
    CHECK(files.find("/k")->plain.bytes == "k");
    CHECK(StaticFiles(directory.path() / "").find("/js/deep/a.js") != nullptr);
}

TEST_CASE("only exact paths exist, so none leads out of the directory") {
    const testing::TemporaryDirectory directory;
    directory.write("secret.txt", "secret");
    directory.write("www/index.html", "home");
    directory.write("www/sub/page.txt", "page");
    directory.write("www/a b.txt", "space");
    std::filesystem::create_symlink("../secret.txt", directory.path() / "www/link.txt");
    std::filesystem::create_directory_symlink("..", directory.path() / "www/up");
    const StaticFiles files(directory.path() / "www");
    for (const std::string_view path :
         {"/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/sub/../../secret.txt",
          "/sub%2Fpage.txt", "/sub/", "/sub", "//index.html", "/index.html/", "", "index.html",
          "/./index.html", "/link.txt", "/up/secret.txt", "/sub/../index.html", "/INDEX.HTML",
          "/a b.txt"}) {
        CAPTURE(path);
        CHECK(files.find(path) == nullptr);
    }
    CHECK(files.find(std::string_view("/index.html\0", 12)) == nullptr);
    CHECK(files.find("/sub/page.txt") != nullptr);
    CHECK(files.find("/a%20b.txt") != nullptr);
}

TEST_CASE("equal bytes have equal tags, others another one") {
    const testing::TemporaryDirectory directory;
    directory.write("index.html", "x");
    directory.write("same.html", "x");
    directory.write("other.html", "y");
    directory.write("empty.html", "");
    const StaticFiles files(directory.path());
    CHECK(files.find("/")->plain.etag == files.find("/same.html")->plain.etag);
    CHECK(files.find("/")->plain.etag != files.find("/other.html")->plain.etag);
    CHECK(files.find("/empty.html")->plain.etag.size() == 18);
    CHECK(files.find("/empty.html")->plain.etag.front() == '"');
}

TEST_CASE("a directory that is no dashboard is refused with the reason") {
    const testing::TemporaryDirectory directory;
    const auto missing = directory.path() / "missing";
    CHECK(reason_for(missing).find("missing cannot be read") != std::string::npos);
    directory.write("a.txt", "a");
    CHECK(reason_for(directory.path() / "a.txt").find("cannot be read") != std::string::npos);
    CHECK(reason_for(directory.path()).find("has no index.html") != std::string::npos);
    directory.write("index.html", std::string(999, 'x'));
    CHECK(reason_for(directory.path()) == "");
    directory.write("b.txt", "b");
    CHECK(reason_for(directory.path()).find("larger than 1000 bytes") != std::string::npos);
}

}  // namespace
}  // namespace gavel::frontend
