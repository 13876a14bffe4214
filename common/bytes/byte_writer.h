#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gavel {

// Builds the binary form of log records and snapshots: little-endian, strings with their length
// before them. The same values give the same bytes on every machine.
class ByteWriter {
  public:
    void u8(std::uint8_t value) { bytes_ += static_cast<char>(value); }
    void u32(std::uint32_t value) { fixed(value, 4); }
    void u64(std::uint64_t value) { fixed(value, 8); }
    void i64(std::int64_t value) { fixed(static_cast<std::uint64_t>(value), 8); }
    void text(std::string_view value) {
        u32(static_cast<std::uint32_t>(value.size()));
        bytes_ += value;
    }

    const std::string& bytes() const { return bytes_; }
    std::string take() { return std::move(bytes_); }

  private:
    void fixed(std::uint64_t value, int count) {
        for (int i = 0; i < count; ++i, value >>= 8) bytes_ += static_cast<char>(value & 0xff);
    }

    std::string bytes_;
};

}  // namespace gavel
