#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace gavel {

// Builds the binary form of log records and snapshots: little-endian, strings with their length
// before them. The same values give the same bytes on every machine.
class ByteWriter {
  public:
    ByteWriter() = default;
    // Goes on behind these bytes.
    explicit ByteWriter(std::string bytes) : bytes_(std::move(bytes)) {}

    void u8(std::uint8_t value) { bytes_ += static_cast<char>(value); }
    void u32(std::uint32_t value) { fixed(value, 4); }
    void u64(std::uint64_t value) { fixed(value, 8); }
    void i64(std::int64_t value) { fixed(static_cast<std::uint64_t>(value), 8); }
    void text(std::string_view value) {
        u32(static_cast<std::uint32_t>(value.size()));
        bytes_ += value;
    }

    // Without their length before them.
    void raw(std::string_view bytes) { bytes_ += bytes; }

    void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
    const std::string& bytes() const { return bytes_; }
    std::string take() { return std::move(bytes_); }

  private:
    void fixed(std::uint64_t value, std::size_t count) {
        std::array<char, 8> bytes{};
        for (std::size_t i = 0; i < count; ++i, value >>= 8) {
            bytes[i] = static_cast<char>(value & 0xff);
        }
        bytes_.append(bytes.data(), count);
    }

    std::string bytes_;
};

}  // namespace gavel
