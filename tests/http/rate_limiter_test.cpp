#include "common/http/rate_limiter.h"

#include <doctest/doctest.h>

#include <string>

namespace gavel {
namespace {

JSONRequest from(const std::string& peer, const std::string& forwarded_for = {}) {
    JSONRequest request("GET", "/api/auctions");
    request.set_peer(peer);
    if (!forwarded_for.empty()) request.headers().add("X-Forwarded-For", forwarded_for);
    return request;
}

TEST_CASE("a client is the address that asks, or whom trusted proxies name") {
    const RateLimiter limiter(
        {.limit = {1, 1}, .trusted_proxies = AddressSet::parse("10.0.0.0/8")});
    struct Row {
        const char* peer;
        const char* forwarded_for;
        const char* client;
    };
    const Row rows[] = {
        {"192.0.2.7", "", "192.0.2.7"},
        {"192.0.2.7", "198.51.100.1", "192.0.2.7"},  // nobody whom we trust
        {"10.0.0.1", "", "10.0.0.1"},
        {"10.0.0.1", "198.51.100.1", "198.51.100.1"},
        {"10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"},  // the rest is hearsay
        {"10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"},     // two proxies
        {"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
        {"10.0.0.1", "unknown", "unknown"},
        {"2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"},
        {"10.0.0.1", "2001:db8:1:2:ffff::1", "2001:db8:1:2::"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.peer);
        CAPTURE(row.forwarded_for);
        CHECK(limiter.client_of(from(row.peer, row.forwarded_for)) == row.client);
    }
    CHECK(limiter.client_of(from("10.0.0.1", std::string(1'000, 'x'))).size() == 45);
    // A proxy may add a field of its own behind the one that the client has made up.
    JSONRequest twice = from("10.0.0.1", "203.0.113.9");
    twice.headers().add("x-forwarded-for", "198.51.100.1");
    CHECK(limiter.client_of(twice) == "198.51.100.1");
}

TEST_CASE("each client has a limit of its own") {
    RateLimiter limiter({.limit = {1, 1}});
    CHECK(limiter.take(from("192.0.2.1"), 0).allowed);
    CHECK_FALSE(limiter.take(from("192.0.2.1"), 0).allowed);
    CHECK(limiter.take(from("192.0.2.2"), 0).allowed);
}

TEST_CASE("so many clients are remembered; who asked longest ago is forgotten") {
    RateLimiter limiter({.limit = {1, 1}, .trusted_proxies = {}, .max_clients = 2});
    CHECK(limiter.take(from("192.0.2.1"), 0).allowed);
    CHECK(limiter.take(from("192.0.2.2"), 0).allowed);
    CHECK_FALSE(limiter.take(from("192.0.2.1"), 0).allowed);
    CHECK(limiter.take(from("192.0.2.3"), 0).allowed);  // in the place of 2
    CHECK_FALSE(limiter.take(from("192.0.2.1"), 0).allowed);
    CHECK(limiter.take(from("192.0.2.2"), 0).allowed);
}

TEST_CASE("a refusal says when to come again, and each answer what is left") {
    RateLimiter limiter({.limit = {2, 10}});
    TokenBucket::Verdict verdict;
    for (int i = 0; i < 10; ++i) verdict = limiter.take(from("192.0.2.1"), 0);
    Response answer;
    limiter.describe(verdict, answer);
    CHECK(answer.headers.find("RateLimit-Policy") == R"("default";q=10;w=5)");
    CHECK(answer.headers.find("RateLimit") == R"("default";r=0;t=5)");
    const auto refusal = limiter.refusal(limiter.take(from("192.0.2.1"), 0));
    CHECK(refusal.status == 429);
    CHECK(refusal.headers.find("Retry-After") == "1");
    CHECK(refusal.body == R"({"error":"too many requests, try again later"})");
}

}  // namespace
}  // namespace gavel
