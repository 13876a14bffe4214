#include "common/http/network_address.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>

#include <string>

namespace gavel {
namespace {

sockaddr_storage address_of(const std::string& text) {
    sockaddr_storage address{};
    if (text.find(':') == std::string::npos) {
        address.ss_family = AF_INET;
        auto& v4 = reinterpret_cast<sockaddr_in&>(address);
        REQUIRE(::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1);
    } else {
        address.ss_family = AF_INET6;
        auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
        REQUIRE(::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1);
    }
    return address;
}

TEST_CASE("addresses in private networks, and those that are nobody's, are not public") {
    for (const char* text : {"0.0.0.0",
                             "0.1.2.3",
                             "10.0.0.1",
                             "10.255.255.255",
                             "100.64.0.1",
                             "100.127.255.255",
                             "127.0.0.1",
                             "127.255.255.255",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.0.0.8",
                             "192.0.2.1",
                             "192.88.99.1",
                             "192.168.0.1",
                             "198.18.0.1",
                             "198.19.255.255",
                             "198.51.100.7",
                             "203.0.113.7",
                             "224.0.0.1",
                             "239.255.255.255",
                             "240.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "::ffff:127.0.0.1",
                             "::ffff:10.0.0.1",
                             "::127.0.0.1",
                             "64:ff9b::10.0.0.1",
                             "100::1",
                             "fc00::1",
                             "fd12:3456::1",
                             "fe80::1",
                             "fec0::1",
                             "ff02::1",
                             "2001::1",
                             "2001:1ff::1",
                             "2001:db8::1",
                             "2002:a00:1::1",
                             "3fff::1",
                             "4000::1"}) {
        CAPTURE(text);
        CHECK_FALSE(is_public(address_of(text)));
    }
}

TEST_CASE("addresses beside them are public") {
    for (const char* text : {"1.1.1.1",        "9.255.255.255",    "11.0.0.0",    "100.63.255.255",
                             "100.128.0.0",    "126.255.255.255",  "128.0.0.0",   "169.253.255.255",
                             "172.15.255.255", "172.32.0.0",       "192.0.1.0",   "192.167.255.255",
                             "192.169.0.0",    "198.17.255.255",   "198.20.0.0",  "223.255.255.255",
                             "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2001:200::1", "2606:4700::1111",
                             "2a00::1",        "3ffe::1"}) {
        CAPTURE(text);
        CHECK(is_public(address_of(text)));
    }
}

TEST_CASE("an address is written without its port, and IPv4 within IPv6 as IPv4") {
    CHECK(address_text(address_of("192.0.2.7")) == "192.0.2.7");
    CHECK(address_text(address_of("2001:db8::7")) == "2001:db8::7");
    CHECK(address_text(address_of("::ffff:192.0.2.7")) == "192.0.2.7");
    sockaddr_storage other{};
    other.ss_family = AF_UNIX;
    CHECK(address_text(other).empty());
    CHECK_FALSE(is_public(other));
}

}  // namespace
}  // namespace gavel
