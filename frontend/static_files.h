#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "common/limits.h"

namespace gavel::frontend {

struct StaticFile {
    // The file as a client takes it, each with a strong quoted tag: the hash of the file's bytes.
    struct Form {
        std::string bytes;
        std::string etag;
    };

    std::string content_type;
    Form plain;
    Form gzipped;  // empty where it would not be smaller, as pictures are
};

// The dashboard's files, read into memory once. Only the paths found then exist: a request's path
// is looked up as text and never meets the file system, so none can lead out of the directory.
// Symbolic links are left out. Immutable; any thread.
class StaticFiles {
  public:
    // Throws std::runtime_error when the directory cannot be read, has no index.html, or holds
    // more than `max_bytes`.
    explicit StaticFiles(const std::filesystem::path& directory,
                         std::size_t max_bytes = limits::max_static_bytes);

    // The dashboard that was built into the executable.
    static StaticFiles embedded();

    // `path` as it stands in a request, still percent-encoded; "/" is index.html. Null when there
    // is no such file.
    const StaticFile* find(std::string_view path) const;

  private:
    StaticFiles() = default;
    void add(const std::filesystem::path& relative, std::string bytes);

    std::map<std::string, StaticFile, std::less<>> files_;  // by encoded path
};

}  // namespace gavel::frontend
