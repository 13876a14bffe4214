#include "common/http/headers.h"

#include <doctest/doctest.h>

namespace gavel {
namespace {

TEST_CASE("names compare without case, values are kept as they are") {
    Headers headers{{"Content-Type", "Text/Plain"}};
    CHECK(headers.find("content-type") == "Text/Plain");
    CHECK(headers.find("CONTENT-TYPE") == "Text/Plain");
    CHECK_FALSE(headers.find("Content-Typ"));
    CHECK_FALSE(headers.find("Content-Type "));
    CHECK_FALSE(headers.find(""));
}

TEST_CASE("only ASCII letters have a case") {
    CHECK(equal_ignoring_case("X-Request-Id", "x-rEQUEST-iD"));
    CHECK_FALSE(equal_ignoring_case("[", "{"));
    CHECK_FALSE(equal_ignoring_case("@", "`"));
    CHECK_FALSE(equal_ignoring_case("\xc3\x84", "\xc3\xa4"));
    CHECK_FALSE(equal_ignoring_case("a", "ab"));
    CHECK(equal_ignoring_case("", ""));
}

TEST_CASE("find gives the first of several fields") {
    Headers headers;
    headers.add("Via", "one");
    headers.add("via", "two");
    CHECK(headers.find("VIA") == "one");
    CHECK(headers.size() == 2);
}

TEST_CASE("set replaces every field of that name, and no other") {
    Headers headers{{"Via", "one"}, {"Host", "x"}, {"via", "two"}};
    headers.set("VIA", "three");
    CHECK(headers.size() == 2);
    CHECK(headers.find("via") == "three");
    CHECK(headers.find("host") == "x");
    headers.remove("hOST");
    headers.remove("absent");
    CHECK(headers.size() == 1);
}

TEST_CASE("fields stay in the order they came") {
    Headers headers{{"b", "1"}, {"a", "2"}};
    headers.add("c", "3");
    std::string order;
    for (const auto& [name, value] : headers) order += name + value;
    CHECK(order == "b1a2c3");
}

TEST_CASE("a token is a whole member of a comma-separated list, in any field of that name") {
    const Headers headers{{"Connection", "keep-alive, Upgrade"}, {"connection", "\tclose ,"}};
    CHECK(headers.has_token("Connection", "upgrade"));
    CHECK(headers.has_token("connection", "KEEP-ALIVE"));
    CHECK(headers.has_token("Connection", "close"));
    CHECK_FALSE(headers.has_token("Connection", "keep"));
    CHECK_FALSE(headers.has_token("Connection", "alive"));
    CHECK_FALSE(headers.has_token("Connection", "keep-alive, upgrade"));
    CHECK_FALSE(headers.has_token("Transfer-Encoding", "close"));
    CHECK_FALSE(Headers({{"Connection", ""}}).has_token("Connection", "close"));
}

}  // namespace
}  // namespace gavel
