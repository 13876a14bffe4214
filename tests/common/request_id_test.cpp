#include "common/http/request_id.h"

#include <doctest/doctest.h>

#include <set>

#include "common/limits.h"

namespace gavel {
namespace {

TEST_CASE("a made id is 15 hex digits, acceptable, and never made twice") {
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) {
        const auto id = make_request_id();
        REQUIRE(id.size() == 15);
        REQUIRE(id.find_first_not_of("0123456789abcdef") == std::string::npos);
        REQUIRE(is_acceptable_request_id(id));
        REQUIRE(seen.insert(id).second);
    }
}

TEST_CASE("an id from outside is short, printable and cannot break a log line") {
    CHECK(is_acceptable_request_id("a"));
    CHECK(is_acceptable_request_id("req-1/2:3_4.5~{}"));
    CHECK(is_acceptable_request_id(std::string(limits::max_request_id_bytes, 'x')));

    CHECK_FALSE(is_acceptable_request_id(""));
    CHECK_FALSE(is_acceptable_request_id(std::string(limits::max_request_id_bytes + 1, 'x')));
    CHECK_FALSE(is_acceptable_request_id("a b"));
    CHECK_FALSE(is_acceptable_request_id("a\nb"));
    CHECK_FALSE(is_acceptable_request_id("a\r"));
    CHECK_FALSE(is_acceptable_request_id(std::string("a\0", 2)));
    CHECK_FALSE(is_acceptable_request_id("\x1b[31m"));
    CHECK_FALSE(is_acceptable_request_id("\x7f"));
    CHECK_FALSE(is_acceptable_request_id("a\"b"));
    CHECK_FALSE(is_acceptable_request_id("caf\xc3\xa9"));
}

}  // namespace
}  // namespace gavel
