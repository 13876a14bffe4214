#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace gavel::two_phase {

// Bytes that are no record of ours: cut off, too long, or holding a value that cannot be.
class MalformedRecord : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Builds the stored and sent form of records: one netstring a field ("5:hello"), so that it can be
// read where it is met. Numbers are decimal. Equal values give equal bytes on every machine.
class FieldWriter {
  public:
    FieldWriter& text(std::string_view value) {
        bytes_ += std::to_string(value.size());
        bytes_ += ':';
        bytes_ += value;
        return *this;
    }
    FieldWriter& number(std::int64_t value) { return text(std::to_string(value)); }
    FieldWriter& count(std::size_t value) { return number(static_cast<std::int64_t>(value)); }

    std::string take() { return std::move(bytes_); }

  private:
    std::string bytes_;
};

// Reads what a FieldWriter wrote. Borrows the bytes; never reads beyond them, but throws
// MalformedRecord.
class FieldReader {
  public:
    explicit FieldReader(std::string_view bytes) : bytes_(bytes) {}

    std::string text() {
        std::size_t size = 0;
        const auto [end, error] =
            std::from_chars(bytes_.data(), bytes_.data() + bytes_.size(), size);
        const auto digits = static_cast<std::size_t>(end - bytes_.data());
        if (error != std::errc() || digits == bytes_.size() || bytes_[digits] != ':') {
            throw MalformedRecord("a field has no length");
        }
        if (size > bytes_.size() - digits - 1) throw MalformedRecord("a field ends too early");
        std::string value(bytes_.substr(digits + 1, size));
        bytes_.remove_prefix(digits + 1 + size);
        return value;
    }
    std::int64_t number(std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                        std::int64_t max = std::numeric_limits<std::int64_t>::max()) {
        const auto digits = text();
        std::int64_t value = 0;
        const auto* const last = digits.data() + digits.size();
        const auto [end, error] = std::from_chars(digits.data(), last, value);
        if (error != std::errc() || end != last || value < min || value > max) {
            throw MalformedRecord("a field is no number that can be");
        }
        return value;
    }
    // How many items follow; each takes two bytes or more, so a damaged count cannot make its
    // reader reserve more memory than there are bytes.
    std::size_t count() {
        return static_cast<std::size_t>(number(0, static_cast<std::int64_t>(bytes_.size() / 2)));
    }
    void expect_end() const {
        if (!bytes_.empty()) throw MalformedRecord("bytes are left over");
    }

  private:
    std::string_view bytes_;
};

}  // namespace gavel::two_phase
