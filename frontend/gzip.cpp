#include "frontend/gzip.h"

#include <zlib.h>

#include <stdexcept>

namespace gavel::frontend {

std::string gzip(std::string_view bytes) {
    constexpr int gzip_window_bits = MAX_WBITS + 16;  // 16: a gzip header instead of zlib's
    constexpr int memory_level = 8;                   // the library's own
    z_stream stream{};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, gzip_window_bits, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("the static files cannot be compressed: zlib does not start");
    }
    std::string compressed(deflateBound(&stream, bytes.size()), '\0');
    // The library reads through a pointer to what it could, but does not, change.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
    stream.avail_out = static_cast<uInt>(compressed.size());
    const int result = deflate(&stream, Z_FINISH);
    compressed.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END) {
        throw std::runtime_error("the static files cannot be compressed: zlib stopped early");
    }
    return compressed;
}

}  // namespace gavel::frontend
