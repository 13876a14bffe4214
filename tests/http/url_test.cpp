#include "common/http/url.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace gavel {
namespace {

TEST_CASE("the URL of a service is host and port") {
    struct Row {
        const char* text;
        const char* host;
        int port;
        const char* authority;
    };
    const Row rows[] = {
        {"http://auction_service:8001", "auction_service", 8001, "auction_service:8001"},
        {"http://127.0.0.1:80/", "127.0.0.1", 80, "127.0.0.1:80"},
        {"http://example.org", "example.org", 80, "example.org:80"},
        {"http://[::1]:8001", "::1", 8001, "[::1]:8001"},
        {"http://[fe80::1]", "fe80::1", 80, "[fe80::1]:80"},
        {"http://h:65535", "h", 65535, "h:65535"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto url = ServiceURL::parse(row.text);
        CHECK(url.host == row.host);
        CHECK(url.port == row.port);
        CHECK(url.authority() == row.authority);
    }
}

TEST_CASE("anything else is refused, shown, and told how it should look") {
    for (const std::string text : {"",
                                   "host:80",
                                   "https://host:80",
                                   "http://",
                                   "http://:80",
                                   "http:///",
                                   "http://host:",
                                   "http://host:0",
                                   "http://host:65536",
                                   "http://host:-1",
                                   "http://host:80x",
                                   "http://host:80:81",
                                   "http://host/path",
                                   "http://host:80/path",
                                   "http://ho st:80",
                                   "http://user@host:80",
                                   "http://ho\r\nst:80",
                                   "http://[::1",
                                   "http://::1]:80",
                                   "http://a]b:80",
                                   "http://h?x",
                                   "HTTP://host:80"}) {
        CAPTURE(text);
        try {
            ServiceURL::parse(text);
            FAIL("it is no URL of a service");
        } catch (const std::invalid_argument& error) {
            const std::string reason = error.what();
            CHECK(reason.find('"' + text + '"') != std::string::npos);
            CHECK(reason.find("http://host:port") != std::string::npos);
        }
    }
}

}  // namespace
}  // namespace gavel
