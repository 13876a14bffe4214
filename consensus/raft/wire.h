#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gavel::raft {

// Bytes that are no record of ours: cut off, too long, or holding a value that cannot be.
class MalformedRecord : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Builds the binary form of messages, memberships and stored records: little-endian, byte strings
// with their length before them.
class WireWriter {
  public:
    void u8(std::uint8_t value) { bytes_ += static_cast<char>(value); }
    void flag(bool value) { u8(value ? 1 : 0); }
    void u32(std::uint32_t value) { fixed(value, 4); }
    void u64(std::uint64_t value) { fixed(value, 8); }
    void text(std::string_view value) {
        u32(static_cast<std::uint32_t>(value.size()));
        bytes_ += value;
    }

    const std::string& bytes() const { return bytes_; }
    std::string take() { return std::move(bytes_); }

  private:
    void fixed(std::uint64_t value, int count) {
        char buffer[8];
        for (int i = 0; i < count; ++i, value >>= 8) buffer[i] = static_cast<char>(value & 0xff);
        bytes_.append(buffer, static_cast<std::size_t>(count));
    }

    std::string bytes_;
};

// Reads what a WireWriter wrote. Borrows the bytes; never reads beyond them, but throws
// MalformedRecord.
class WireReader {
  public:
    explicit WireReader(std::string_view bytes) : bytes_(bytes) {}

    std::uint8_t u8() { return static_cast<std::uint8_t>(fixed(1)); }
    bool flag() {
        const auto value = u8();
        if (value > 1) throw MalformedRecord("a flag is neither 0 nor 1");
        return value == 1;
    }
    std::uint32_t u32() { return static_cast<std::uint32_t>(fixed(4)); }
    std::uint64_t u64() { return fixed(8); }
    std::string_view text(std::size_t max_bytes) {
        const auto size = u32();
        if (size > max_bytes) throw MalformedRecord("a byte string is too long");
        return take(size);
    }
    // How many items of at least `bytes_each` follow: a damaged count cannot make its reader
    // reserve more memory than there are bytes.
    std::size_t count(std::size_t bytes_each, std::size_t max_items) {
        const std::size_t value = u32();
        if (value > max_items || value > bytes_.size() / bytes_each) {
            throw MalformedRecord("a count is too large");
        }
        return value;
    }

    bool at_end() const { return bytes_.empty(); }
    void expect_end() const {
        if (!at_end()) throw MalformedRecord("bytes are left over");
    }

  private:
    std::string_view take(std::size_t size) {
        if (size > bytes_.size()) throw MalformedRecord("bytes end too early");
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

}  // namespace gavel::raft
