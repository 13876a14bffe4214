#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gavel {

// Thrown when bytes end too early, go on too long, or hold a value that cannot be.
class MalformedBytes : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Reads what a ByteWriter wrote. Borrows the bytes. Never reads beyond them: throws
// MalformedBytes instead.
class ByteReader {
  public:
    explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(fixed(1)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(fixed(4)); }
    std::uint64_t u64() { return fixed(8); }
    std::int64_t i64() { return static_cast<std::int64_t>(fixed(8)); }
    bool flag() {
        const auto value = u8();
        if (value > 1) throw MalformedBytes("a flag is neither 0 nor 1");
        return value == 1;
    }
    std::string text() { return std::string(text_view()); }
    // Lasts as long as the bytes that are read.
    std::string_view text_view() {
        const auto size = u32();
        return take(size);
    }

    // A count of items that each need at least `bytes_each`, so a damaged count cannot make the
    // reader reserve more memory than there are bytes.
    std::uint32_t count(std::size_t bytes_each) {
        const auto value = u32();
        if (value > bytes_.size() / bytes_each) throw MalformedBytes("a count is too large");
        return value;
    }

    std::size_t bytes_left() const { return bytes_.size(); }
    bool at_end() const { return bytes_.empty(); }
    void expect_end() const {
        if (!at_end()) throw MalformedBytes("bytes are left over");
    }

  private:
    std::string_view take(std::size_t size) {
        if (size > bytes_.size()) throw MalformedBytes("bytes end too early");
        const auto taken = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return taken;
    }

    std::uint64_t fixed(std::size_t count) {
        const auto bytes = take(count);
        std::uint64_t value = 0;
        for (std::size_t i = count; i-- > 0;) {
            value = (value << 8) | static_cast<unsigned char>(bytes[i]);
        }
        return value;
    }

    std::string_view bytes_;
};

}  // namespace gavel
