#include "common/http/router.h"

#include <doctest/doctest.h>

namespace gavel {
namespace {

// A router whose routes answer with their own name and their parameter, and what it answered.
class Routes {
  public:
    Routes() {
        add("GET", "/auctions", "list");
        add("POST", "/auctions", "create");
        add("GET", "/auctions/<auction_id>", "show");
        add("POST", "/auctions/<auction_id>/bid", "bid");
        add("POST", "/validate", "validate");
        add("GET", "/", "root");
    }

    void add(std::string_view method, std::string_view pattern, const std::string& name) {
        router_.add(method, pattern, [name](const JSONRequest& request, const Responder& respond) {
            const std::string id(request.path_parameter("auction_id"));
            respond(JSONResponse::rendered(200, name + "(" + id + ")"));
        });
    }

    // "405 Allow: …", or the body; "" when no route knows the path.
    std::string ask(const std::string& method, const std::string& target) const {
        JSONRequest request(method, target);
        std::string answer;
        const bool known = router_.dispatch(request, Responder([&](const Response& response) {
                                                answer = response.body;
                                                const auto allow = response.headers.find("Allow");
                                                if (!allow) return;
                                                answer = std::to_string(response.status) +
                                                         " Allow: " + std::string(*allow);
                                            }));
        // The dropped responder of an unknown path would say 500.
        return known ? answer : "";
    }

  private:
    Router router_;
};

TEST_CASE("method and path pick the action") {
    const Routes routes;
    CHECK(routes.ask("GET", "/auctions") == "list()");
    CHECK(routes.ask("POST", "/auctions") == "create()");
    CHECK(routes.ask("GET", "/auctions/7") == "show(7)");
    CHECK(routes.ask("POST", "/auctions/7/bid") == "bid(7)");
    CHECK(routes.ask("GET", "/") == "root()");
    CHECK(routes.ask("GET", "") == "root()");
}

TEST_CASE("a trailing slash and a query make no difference") {
    const Routes routes;
    CHECK(routes.ask("GET", "/auctions/") == "list()");
    CHECK(routes.ask("GET", "/auctions/?limit=1") == "list()");
    CHECK(routes.ask("GET", "/auctions?x=/y") == "list()");
    CHECK(routes.ask("POST", "/auctions/7/bid/") == "bid(7)");
}

TEST_CASE("an unknown path is not known") {
    const Routes routes;
    for (const char* path : {"/nope", "/auction", "/auctionsx", "/Auctions", "/auctions/7/bids",
                             "/auctions/7/bid/8", "/auctions//", "//auctions", "/auctions//bid",
                             "/api/auctions", "/auctions/7/../bid", "/<auction_id>", "*"}) {
        CAPTURE(path);
        CHECK(routes.ask("GET", path) == "");
        CHECK(routes.ask("POST", path) == "");
    }
}

TEST_CASE("a parameter is one whole segment, whatever it holds once decoded") {
    const Routes routes;
    CHECK(routes.ask("GET", "/auctions/1%2F2") == "show(1/2)");
    CHECK(routes.ask("GET", "/auctions/%2F") == "show(/)");
    CHECK(routes.ask("GET", "/auctions/..") == "show(..)");
    CHECK(routes.ask("GET", "/auctions/%2e%2e") == "show(..)");
    CHECK(routes.ask("POST", "/auctions/..%2f..%2fetc/bid") == "bid(../../etc)");
    CHECK(routes.ask("GET", "/auctions/%3Fx") == "show(?x)");
    CHECK(routes.ask("GET", "/auctions/a+b") == "show(a+b)");
    CHECK(routes.ask("GET", "/auctions/%zz") == "show(%zz)");
    CHECK(routes.ask("GET", "/auctions/<auction_id>") == "show(<auction_id>)");
}

TEST_CASE("a known path under another method is 405 with what it allows") {
    const Routes routes;
    CHECK(routes.ask("PUT", "/auctions") == "405 Allow: GET, HEAD, POST");
    CHECK(routes.ask("DELETE", "/auctions/7") == "405 Allow: GET, HEAD");
    CHECK(routes.ask("GET", "/validate") == "405 Allow: POST");
    CHECK(routes.ask("HEAD", "/validate") == "405 Allow: POST");
    CHECK(routes.ask("OPTIONS", "/auctions/7/bid/") == "405 Allow: POST");
    CHECK(routes.ask("get", "/auctions") == "405 Allow: GET, HEAD, POST");
    CHECK(routes.ask("", "/auctions") == "405 Allow: GET, HEAD, POST");
}

TEST_CASE("Allow names each method once, though several patterns match") {
    Routes routes;
    routes.add("GET", "/auctions/summary", "summary");
    routes.add("DELETE", "/auctions/summary", "clear");
    CHECK(routes.ask("PUT", "/auctions/summary") == "405 Allow: GET, HEAD, DELETE");
}

TEST_CASE("of several patterns that match, the first wins") {
    Routes routes;
    routes.add("GET", "/auctions/summary", "summary");
    CHECK(routes.ask("GET", "/auctions/summary") == "show(summary)");
}

TEST_CASE("HEAD is answered by GET's action, which can tell") {
    Router router;
    std::string method;
    router.add("GET", "/x", [&](const JSONRequest& request, const Responder& respond) {
        method = request.method();
        respond(JSONResponse::rendered(200, "{}"));
    });
    JSONRequest request("HEAD", "/x");
    int status = 0;
    CHECK(router.dispatch(request, Responder([&](const Response& r) { status = r.status; })));
    CHECK(status == 200);
    CHECK(method == "HEAD");
}

TEST_CASE("several parameters are told apart by name, an unknown name is empty") {
    Router router;
    std::string seen;
    router.add("GET", "/a/<x>/b/<y>", [&](const JSONRequest& request, const Responder&) {
        seen = std::string(request.path_parameter("x")) + "," +
               std::string(request.path_parameter("y")) + "," +
               std::string(request.path_parameter("z"));
    });
    JSONRequest request("GET", "/a/1/b/2");
    CHECK(router.dispatch(request, Responder([](const Response&) {})));
    CHECK(seen == "1,2,");
}

}  // namespace
}  // namespace gavel
