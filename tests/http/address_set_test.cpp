#include "common/http/address_set.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace gavel {
namespace {

TEST_CASE("addresses are found in their networks, and their neighbours are not") {
    const auto set = AddressSet::parse("10.0.0.0/8,192.0.2.7,172.16.0.0/12,2001:db8::/33,::1");
    for (const char* inside : {"10.0.0.0", "10.255.255.255", "192.0.2.7", "172.31.255.255",
                               "::ffff:10.1.2.3", "2001:db8::1", "2001:db8:7fff::", "::1"}) {
        CAPTURE(inside);
        CHECK(set.contains(inside));
    }
    for (const char* outside : {"9.255.255.255", "11.0.0.0", "192.0.2.6", "172.32.0.0",
                                "2001:db8:8000::", "::2", "", "unknown", "10.0.0.0/8", "10.0.0"}) {
        CAPTURE(outside);
        CHECK_FALSE(set.contains(outside));
    }
    CHECK(AddressSet::parse("0.0.0.0/0").contains("1.2.3.4"));
    CHECK_FALSE(AddressSet::parse("0.0.0.0/0").contains("2001:db8::1"));
    CHECK(AddressSet::parse("::/0").contains("1.2.3.4"));
    CHECK(AddressSet::parse("").empty());
    CHECK_FALSE(AddressSet().contains("127.0.0.1"));
}

TEST_CASE("what is no address is refused") {
    for (const char* text : {"x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", ",",
                             "::1/129", "10.0.0.1, 10.0.0.2", "localhost"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(AddressSet::parse(text), std::invalid_argument);
    }
}

}  // namespace
}  // namespace gavel
