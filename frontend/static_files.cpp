#include "frontend/static_files.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "common/bytes/fnv1a.h"
#include "common/http/percent_encoding.h"
#include "frontend/embedded_files.h"
#include "frontend/gzip.h"

namespace gavel::frontend {
namespace {

namespace fs = std::filesystem;

std::string content_type_of(const fs::path& file) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> types{{
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".json", "application/json"},
        {".map", "application/json"},
        {".txt", "text/plain; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
    }};
    const std::string ending = file.extension().string();
    for (const auto& [known, type] : types) {
        if (ending == known) return std::string(type);
    }
    return "application/octet-stream";
}

// The files are ours, so only accidents have to be told apart.
std::string etag_of(std::string_view bytes, std::string_view form = "") {
    static constexpr char digits[] = "0123456789abcdef";
    std::uint64_t hash = fnv1a(bytes);
    std::string hex(16, '0');
    for (std::size_t i = 16; i-- > 0; hash >>= 4) hex[i] = digits[hash & 15];
    return '"' + hex + std::string(form) + '"';
}

std::string read_bytes(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in) throw std::runtime_error("cannot read the static file " + file.string());
    return bytes;
}

std::string url_path_of(const fs::path& relative) {
    std::string path;
    for (const auto& segment : relative) path += '/' + percent_encode(segment.string());
    return path;
}

fs::recursive_directory_iterator walk(const fs::path& directory) {
    std::error_code error;
    fs::recursive_directory_iterator files(directory, error);
    if (error) {
        throw std::runtime_error("the directory of static files " + directory.string() +
                                 " cannot be read: " + error.message());
    }
    return files;
}

}  // namespace

StaticFiles::StaticFiles(const fs::path& directory, std::size_t max_bytes) {
    std::size_t total_bytes = 0;
    for (const auto& entry : walk(directory)) {
        if (entry.is_symlink() || !entry.is_regular_file()) continue;
        // The size is checked first: a huge file must not be read to find out.
        total_bytes += static_cast<std::size_t>(entry.file_size());
        if (total_bytes > max_bytes) {
            throw std::runtime_error("the static files in " + directory.string() +
                                     " are larger than " + std::to_string(max_bytes) +
                                     " bytes together");
        }
        add(entry.path().lexically_relative(directory), read_bytes(entry.path()));
    }
    if (find("/") == nullptr) {
        throw std::runtime_error("the directory of static files " + directory.string() +
                                 " has no index.html");
    }
}

StaticFiles StaticFiles::embedded() {
    StaticFiles files;
    for (const auto& [path, bytes] : embedded_files()) files.add(path, std::string(bytes));
    return files;
}

void StaticFiles::add(const fs::path& relative, std::string bytes) {
    StaticFile file;
    file.content_type = content_type_of(relative);
    std::string gzipped = gzip(bytes);
    if (gzipped.size() < bytes.size()) file.gzipped = {std::move(gzipped), etag_of(bytes, "-gzip")};
    file.plain.etag = etag_of(bytes);
    file.plain.bytes = std::move(bytes);
    files_.emplace(url_path_of(relative), std::move(file));
}

const StaticFile* StaticFiles::find(std::string_view path) const {
    const auto found = files_.find(path == "/" ? "/index.html" : path);
    return found == files_.end() ? nullptr : &found->second;
}

}  // namespace gavel::frontend
