#include "frontend/passed_headers.h"

#include <doctest/doctest.h>

#include <string>

namespace gavel::frontend {
namespace {

std::string names(const Headers& headers) {
    std::string text;
    for (const auto& [name, value] : headers) text += name + "=" + value + ";";
    return text;
}

TEST_CASE("headers of one connection stay behind, in whatever case, named by Connection or not") {
    const Headers headers{{"Host", "h"},
                          {"accept", "*/*"},
                          {"connection", "close, X-Hop"},
                          {"x-hop", "1"},
                          {"Keep-Alive", "5"},
                          {"TRANSFER-ENCODING", "chunked"},
                          {"content-length", "3"},
                          {"Upgrade", "h2c"},
                          {"TE", "trailers"},
                          {"Trailer", "t"},
                          {"Expect", "100-continue"},
                          {"X-Request-Id", "r"},
                          {"Last-Event-ID", "L-1.0"},
                          {"Idempotency-Key", "k"},
                          {"Cookie", "a"},
                          {"Cookie", "b"}};
    CHECK(names(passed_on(headers)) ==
          "accept=*/*;Last-Event-ID=L-1.0;Idempotency-Key=k;Cookie=a;Cookie=b;");
}

TEST_CASE("an answer keeps its headers but for those that the server writes itself") {
    const Headers headers{{"Content-Type", "text/event-stream"},
                          {"Content-Length", "3"},
                          {"Date", "d"},
                          {"Server", "s"},
                          {"Connection", "close"},
                          {"Gavel-Index", "7"},
                          {"Set-Cookie", "a"},
                          {"Set-Cookie", "b"}};
    CHECK(names(passed_back(headers)) ==
          "Content-Type=text/event-stream;Gavel-Index=7;Set-Cookie=a;Set-Cookie=b;");
}

}  // namespace
}  // namespace gavel::frontend
