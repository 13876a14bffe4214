#include "common/web/web_url.h"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace gavel {
namespace {

TEST_CASE("a URL is taken apart") {
    struct Row {
        const char* text;
        bool https;
        const char* host;
        int port;
        const char* target;
        const char* authority;
    };
    const Row rows[] = {
        {"https://example.com", true, "example.com", 443, "/", "example.com"},
        {"https://example.com/hook?k=1", true, "example.com", 443, "/hook?k=1", "example.com"},
        {"https://example.com?k=/1", true, "example.com", 443, "/?k=/1", "example.com"},
        {"http://example.com:8080/", false, "example.com", 8080, "/", "example.com:8080"},
        {"http://example.com:443/", false, "example.com", 443, "/", "example.com:443"},
        {"https://example.com:443/", true, "example.com", 443, "/", "example.com"},
        {"http://[2001:db8::1]/a", false, "2001:db8::1", 80, "/a", "[2001:db8::1]"},
        {"http://[::1]:81/a", false, "::1", 81, "/a", "[::1]:81"},
        {"http://192.0.2.7/a:b", false, "192.0.2.7", 80, "/a:b", "192.0.2.7"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto url = WebURL::parse(row.text);
        CHECK(url.https == row.https);
        CHECK(url.host == row.host);
        CHECK(url.port == row.port);
        CHECK(url.target == row.target);
        CHECK(url.authority() == row.authority);
    }
}

TEST_CASE("what is no URL of a web server is refused") {
    for (const char* text :
         {"", "example.com", "ftp://example.com", "HTTPS://example.com", "https://",
          "https:///path", "https://user@example.com/", "https://user:secret@example.com/",
          "https://example.com/#part", "https://example.com/a b", "https://example.com/\r\nX: y",
          "https://exa mple.com/", "https://example.com:0/", "https://example.com:99999/",
          "https://example.com:x/", "https://[::1/", "https://\xc3\xa4.example/"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(WebURL::parse(text), std::invalid_argument);
    }
}

}  // namespace
}  // namespace gavel
