#include "common/http/operator_access.h"

#include <doctest/doctest.h>

#include <string>

namespace gavel {
namespace {

// 0: let in.
int status_for(const OperatorAccess& access, const std::string& peer, Headers headers) {
    JSONRequest request("GET", "/api/webhooks", "", std::move(headers));
    request.set_peer(peer);
    const auto refusal = access.refusal(request);
    return refusal ? refusal->status : 0;
}

TEST_CASE("without a token, operators are programs on the same machine") {
    struct Row {
        const char* peer;
        Headers headers;
        int status;
    };
    const Row rows[] = {
        {"127.0.0.1", {{"Host", "localhost:8000"}}, 0},
        {"127.0.0.9", {{"Host", "127.0.0.1:8000"}}, 0},
        {"::1", {{"Host", "[::1]:8000"}}, 0},
        {"::ffff:127.0.0.1", {{"Host", "LOCALHOST"}}, 0},
        // Another machine, and one process that asks for others.
        {"192.0.2.7", {{"Host", "localhost:8000"}}, 403},
        {"", {{"Host", "localhost:8000"}}, 403},
        {"127.example", {{"Host", "localhost:8000"}}, 403},
        // Passed on by a proxy on this machine.
        {"127.0.0.1", {{"Host", "localhost"}, {"X-Forwarded-For", "192.0.2.7"}}, 403},
        {"127.0.0.1", {{"Host", "localhost"}, {"Forwarded", "for=192.0.2.7"}}, 403},
        // By a page in the operator's browser, under our name or one that leads here.
        {"127.0.0.1", {{"Host", "localhost"}, {"Origin", "http://evil.example"}}, 403},
        {"127.0.0.1", {{"Host", "localhost"}, {"Sec-Fetch-Site", "cross-site"}}, 403},
        {"127.0.0.1", {{"Host", "rebound.example:8000"}}, 403},
        {"127.0.0.1", {}, 403},
        // A token counts for nothing when there is none.
        {"192.0.2.7", {{"Host", "localhost"}, {"Authorization", "Bearer "}}, 403},
    };
    for (const auto& row : rows) {
        CAPTURE(row.peer);
        CHECK(status_for(OperatorAccess(), row.peer, row.headers) == row.status);
    }
}

TEST_CASE("with a token, operators are those who bring it, wherever they are") {
    const OperatorAccess access("s3cret");
    const Headers local{{"Host", "localhost"}};
    CHECK(status_for(access, "127.0.0.1", local) == 401);
    for (const char* good : {"Bearer s3cret", "bearer s3cret"}) {
        CHECK(status_for(access, "192.0.2.7", {{"Authorization", good}}) == 0);
    }
    for (const char* bad : {"Bearer s3cre", "Bearer s3cret ", "Bearer", "Basic s3cret", "s3cret",
                            "Bearer S3CRET", ""}) {
        CAPTURE(bad);
        CHECK(status_for(access, "127.0.0.1", {{"Authorization", bad}}) == 401);
    }
    JSONRequest request("GET", "/");
    CHECK(access.refusal(request)->headers.find("WWW-Authenticate") == "Bearer");
}

}  // namespace
}  // namespace gavel
