#include "frontend/frontend_handler.h"

#include <doctest/doctest.h>

#include "frontend/frontend_service.h"
#include "tests/support/fake_service_client.h"
#include "tests/support/recorded_answer.h"
#include "tests/support/temporary_directory.h"

namespace gavel::frontend {
namespace {

using testing::ask;
using testing::RecordedAnswer;

struct Frontend {
    testing::TemporaryDirectory directory;
    testing::FakeServiceClient gateway;
    FrontendService service{gateway, written(directory)};
    const JSONRequestHandler& handler = service.handler();

    static const std::filesystem::path& written(const testing::TemporaryDirectory& directory) {
        directory.write("index.html", "<!doctype html>");
        directory.write("app.js", "start();");
        directory.write("api.js", "export {};");
        return directory.path();
    }
};

// What holds for scripts and styles.
void check_secured_as_part(const RecordedAnswer& answer) {
    CHECK(answer.header("X-Content-Type-Options") == "nosniff");
    CHECK(answer.header("Cross-Origin-Resource-Policy") == "same-origin");
}

void check_secured(const RecordedAnswer& answer) {
    check_secured_as_part(answer);
    const std::string policy = answer.header("Content-Security-Policy");
    for (const char* part :
         {"default-src 'none';", "script-src 'self';", "style-src 'self';", "connect-src 'self';",
          "frame-ancestors 'none';", "base-uri 'none';", "form-action 'none';",
          "require-trusted-types-for 'script';", "trusted-types 'none'"}) {
        CAPTURE(part);
        CHECK(policy.find(part) != std::string::npos);
    }
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(answer.header("X-Frame-Options") == "DENY");
    CHECK(answer.header("Referrer-Policy") == "no-referrer");
    CHECK(answer.header("Cross-Origin-Opener-Policy") == "same-origin");
    CHECK(answer.header("Permissions-Policy").find("camera=()") != std::string::npos);
}

TEST_CASE("everything under /api goes to the gateway as it is, with any method") {
    struct Row {
        const char* method;
        const char* target;
        bool repeatable;
    };
    const Row rows[] = {
        {"GET", "/api", true},
        {"GET", "/api/auctions", true},
        {"HEAD", "/api/auctions", true},
        {"GET", "/api/updates/stream?after=%2F&x=a+b", true},
        {"POST", "/api/auctions", false},
        {"PUT", "/api/unknown/", false},
        {"DELETE", "/api/auctions/1", false},
        {"OPTIONS", "/api/", false},
        {"GET", "/api?x", true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.target);
        Frontend frontend;
        JSONRequest request(row.method, row.target, "{ broken",
                            {{"Host", "h"}, {"Content-Length", "8"}, {"Accept", "a/b"}});
        request.set_request_id("r-1");
        request.set_peer("192.0.2.1");
        const auto answer = ask(frontend.handler, std::move(request));
        REQUIRE(frontend.gateway.requests().size() == 1);
        const auto& sent = frontend.gateway.last();
        CHECK(sent.method == row.method);
        CHECK(sent.target == row.target);
        CHECK(sent.body == "{ broken");
        CHECK(sent.headers.size() == 2);
        CHECK(sent.headers.find("Accept") == "a/b");
        CHECK(sent.headers.find("X-Forwarded-For") == "192.0.2.1");
        CHECK(sent.request_id == "r-1");
        CHECK(sent.timeout_ms == 35'000);
        CHECK(sent.repeatable == row.repeatable);

        frontend.gateway.answer(409, R"({"error":"Closed manually"})",
                                {{"Gavel-Index", "7"}, {"Date", "d"}, {"Content-Length", "27"}});
        CHECK(answer->status() == 409);
        CHECK(answer->body() == R"({"error":"Closed manually"})");
        CHECK(answer->response.headers.size() == 1);
        CHECK(answer->header("Gavel-Index") == "7");
    }
}

TEST_CASE("a request with an idempotency key may be repeated") {
    Frontend frontend;
    ask(frontend.handler, "POST", "/api/auctions", "{}", {{"Idempotency-Key", "k"}});
    CHECK(frontend.gateway.last().repeatable);
    CHECK(frontend.gateway.last().headers.find("Idempotency-Key") == "k");
}

TEST_CASE("a stream passes on as a stream") {
    Frontend frontend;
    const auto answer = ask(frontend.handler, "GET", "/api/updates/stream");
    bool opened = false;
    frontend.gateway.answer(
        StreamingResponse([&](const std::shared_ptr<StreamSink>&) { opened = true; }));
    REQUIRE(answer->response.stream);
    answer->response.stream(nullptr);
    CHECK(opened);
    CHECK(answer->header("Content-Type") == "text/event-stream; charset=utf-8");
}

TEST_CASE("a gateway that is not there is 502, a slow one 504") {
    const std::pair<ServiceFailure, int> rows[] = {
        {ServiceFailure::unreachable, 502}, {ServiceFailure::lost, 502},
        {ServiceFailure::timed_out, 504},   {ServiceFailure::overloaded, 503},
        {ServiceFailure::too_large, 502},
    };
    for (const auto& [failure, status] : rows) {
        Frontend frontend;
        const auto answer = ask(frontend.handler, "GET", "/api/auctions");
        frontend.gateway.fail(failure);
        CHECK(answer->status() == status);
        CHECK(answer->body().starts_with(R"({"error":")"));
    }
}

TEST_CASE("the dashboard's files are served by this server, securely") {
    Frontend frontend;
    const auto home = ask(frontend.handler, "GET", "/?utm=1");
    CHECK(home->status() == 200);
    CHECK(home->body() == "<!doctype html>");
    CHECK(home->header("Content-Type") == "text/html; charset=utf-8");
    CHECK(home->header("Cache-Control") == "no-cache");
    check_secured(*home);
    CHECK(ask(frontend.handler, "HEAD", "/app.js")->status() == 200);
    // Not everything that begins with these letters is the gateway's.
    CHECK(ask(frontend.handler, "GET", "/api.js")->body() == "export {};");
    CHECK(ask(frontend.handler, "GET", "/apiary")->status() == 404);
    CHECK(frontend.gateway.requests().empty());
}

TEST_CASE("who has the current copy is told so") {
    Frontend frontend;
    const auto etag = ask(frontend.handler, "GET", "/app.js")->header("ETag");
    for (const auto& tags : {etag, "W/" + etag, "\"old\", " + etag, std::string("*")}) {
        CAPTURE(tags);
        const auto answer = ask(frontend.handler, "GET", "/app.js", "", {{"If-None-Match", tags}});
        CHECK(answer->status() == 304);
        CHECK(answer->body().empty());
        CHECK(answer->header("ETag") == etag);
        check_secured_as_part(*answer);
        CHECK(answer->header("Content-Security-Policy").empty());
    }
    for (const std::string tags : {"\"old\"", "", "app.js"}) {
        CAPTURE(tags);
        CHECK(ask(frontend.handler, "GET", "/app.js", "", {{"If-None-Match", tags}})->status() ==
              200);
    }
}

TEST_CASE("a file is compressed for who takes it so, each form under a tag of its own") {
    testing::TemporaryDirectory directory;
    const std::string text(10'000, 'x');
    directory.write("index.html", text);
    directory.write("tiny.js", "1;");
    testing::FakeServiceClient gateway;
    const FrontendService service(gateway, directory.path());
    const auto get = [&](const char* target, const std::string& accepted, std::string tag = "") {
        return ask(service.handler(), "GET", target, "",
                   {{"Accept-Encoding", accepted}, {"If-None-Match", std::move(tag)}});
    };
    const auto plain = get("/", "br");
    CHECK(plain->body() == text);
    CHECK(plain->header("Content-Encoding").empty());
    CHECK(plain->header("Vary") == "Accept-Encoding");

    const auto compressed = get("/", "deflate, gzip, br");
    CHECK(compressed->body().size() < 200);
    CHECK(compressed->body().starts_with("\x1f\x8b"));
    CHECK(compressed->header("Content-Encoding") == "gzip");
    CHECK(compressed->header("Vary") == "Accept-Encoding");
    CHECK(compressed->header("ETag") != plain->header("ETag"));
    check_secured(*compressed);

    CHECK(get("/", "gzip", compressed->header("ETag"))->status() == 304);
    CHECK(get("/", "br", compressed->header("ETag"))->status() == 200);
    CHECK(get("/", "gzip;q=0")->body() == text);
    CHECK(get("/tiny.js", "gzip")->body() == "1;");  // it would not become smaller
}

TEST_CASE("what is no file is 404, another method 405, and both are secured") {
    Frontend frontend;
    for (const char* target : {"/nothing", "/../index.html", "/%2e%2e/index.html", "*", "",
                               "/index.html%00", "/livez/x"}) {
        CAPTURE(target);
        const auto answer = ask(frontend.handler, "GET", target);
        CHECK(answer->status() == 404);
        CHECK(answer->body() == R"({"error":"not found"})");
        check_secured(*answer);
    }
    CHECK(ask(frontend.handler, "POST", "/nothing")->status() == 404);
    for (const char* target : {"/", "/app.js", "/livez", "/readyz"}) {
        CAPTURE(target);
        const auto answer = ask(frontend.handler, "POST", target, "{}");
        CHECK(answer->status() == 405);
        CHECK(answer->header("Allow") == "GET, HEAD");
        check_secured(*answer);
    }
}

TEST_CASE("it lives by itself and is ready when the gateway is") {
    Frontend frontend;
    const auto live = ask(frontend.handler, "GET", "/livez");
    CHECK(live->body() == R"({"status":"ok"})");
    check_secured(*live);
    CHECK(frontend.gateway.requests().empty());

    const auto ready = ask(frontend.handler, "GET", "/readyz");
    CHECK(frontend.gateway.last().target == "/readyz");
    frontend.gateway.answer(200, "{}");
    CHECK(ready->status() == 200);
    check_secured(*ready);

    const auto not_ready = ask(frontend.handler, "GET", "/readyz");
    frontend.gateway.answer(500, "{}");
    CHECK(not_ready->status() == 503);
    const auto away = ask(frontend.handler, "GET", "/readyz");
    frontend.gateway.fail(ServiceFailure::unreachable);
    CHECK(away->status() == 503);
    check_secured(*away);
}

}  // namespace
}  // namespace gavel::frontend
