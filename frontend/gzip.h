#pragma once

#include <string>
#include <string_view>

namespace gavel::frontend {

// The bytes as a gzip file (RFC 1952), as small as the library makes them; the same bytes give the
// same file. Slow: for what is compressed once and served often. Any thread.
std::string gzip(std::string_view bytes);

}  // namespace gavel::frontend
