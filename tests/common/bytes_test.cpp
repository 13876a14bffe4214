#include <doctest/doctest.h>

#include <limits>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"

namespace gavel {
namespace {

TEST_CASE("what was written is read, in the same order") {
    const std::string text("a\0\xff", 3);
    ByteWriter writer;
    writer.u8(255);
    writer.u32(std::numeric_limits<std::uint32_t>::max());
    writer.u64(std::numeric_limits<std::uint64_t>::max());
    writer.i64(std::numeric_limits<std::int64_t>::min());
    writer.i64(-1);
    writer.text(text);
    writer.text("");
    ByteReader reader(writer.bytes());
    CHECK(reader.u8() == 255);
    CHECK(reader.u32() == std::numeric_limits<std::uint32_t>::max());
    CHECK(reader.u64() == std::numeric_limits<std::uint64_t>::max());
    CHECK(reader.i64() == std::numeric_limits<std::int64_t>::min());
    CHECK(reader.i64() == -1);
    CHECK(reader.text() == text);
    CHECK_FALSE(reader.at_end());
    CHECK(reader.text() == "");
    CHECK(reader.at_end());
    CHECK_NOTHROW(reader.expect_end());
}

TEST_CASE("the bytes are little-endian on every machine") {
    ByteWriter writer;
    writer.u32(0x01020304);
    writer.i64(-2);
    writer.text("ab");
    CHECK(writer.take() == std::string("\x04\x03\x02\x01"
                                       "\xfe\xff\xff\xff\xff\xff\xff\xff"
                                       "\x02\0\0\0ab",
                                       18));
}

TEST_CASE("bytes that end too early are malformed, wherever they end") {
    ByteWriter writer;
    writer.u8(1);
    writer.u32(2);
    writer.u64(3);
    writer.text("four");
    const std::string whole = writer.take();
    const auto read_all = [](std::string_view bytes) {
        ByteReader reader(bytes);
        reader.u8();
        reader.u32();
        reader.u64();
        reader.text();
        reader.expect_end();
    };
    CHECK_NOTHROW(read_all(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK_THROWS_AS(read_all(std::string_view(whole).substr(0, size)), MalformedBytes);
    }
    CHECK_THROWS_AS(read_all(whole + "x"), MalformedBytes);
}

TEST_CASE("a damaged length or count reserves nothing") {
    ByteWriter writer;
    writer.u32(std::numeric_limits<std::uint32_t>::max());
    CHECK_THROWS_AS(ByteReader(writer.bytes()).text(), MalformedBytes);
    CHECK_THROWS_AS(ByteReader(writer.bytes()).count(1), MalformedBytes);

    ByteWriter three;
    three.u32(3);
    for (int i = 0; i < 3; ++i) three.u64(0);
    CHECK(ByteReader(three.bytes()).count(8) == 3);
    CHECK_THROWS_AS(ByteReader(three.bytes()).count(9), MalformedBytes);
}

}  // namespace
}  // namespace gavel
