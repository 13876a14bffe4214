#include "services/notifier/webhook_input.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "common/http/http_error.h"

namespace gavel::notifier {
namespace {

using nlohmann::json;

std::string refusal_of(const char* text) {
    try {
        WebhookInput::read(json::parse(text), false);
    } catch (const HTTPError& error) {
        CHECK(error.status() == 400);
        return error.what();
    }
    return "";
}

TEST_CASE("a webhook needs its URL, and gets all kinds unless it names some") {
    const auto input = WebhookInput::read(json::parse(R"({"url":"https://example.com/h"})"), false);
    CHECK(input.url == "https://example.com/h");
    CHECK(input.kinds == all_kinds());
    CHECK(input.secret.empty());
    const auto some = WebhookInput::read(
        json::parse(R"({"url":"https://example.com/h","kinds":["lost","outbid","lost"]})"), false);
    CHECK(some.kinds == (bit_of(Notice::Kind::lost) | bit_of(Notice::Kind::outbid)));
}

TEST_CASE("what cannot be a webhook is refused with what is wrong") {
    struct Row {
        const char* body;
        const char* error;
    };
    const Row rows[] = {
        {"{}", "url is required"},
        {R"({"url":""})", "url is required"},
        {R"({"url":7})", "url must be text"},
        {R"({"url":"example.com"})", "url cannot be used: it must begin with https:// or http://"},
        {R"({"url":"https://127.0.0.1/"})", "url leads into a private network"},
        {R"({"url":"https://[::1]/"})", "url leads into a private network"},
        {R"({"url":"https://[::ffff:10.0.0.1]/"})", "url leads into a private network"},
        {R"({"url":"https://169.254.169.254/latest"})", "url leads into a private network"},
        {R"({"url":"https://example.com/","kinds":[]})", "kinds must be a non-empty list"},
        {R"({"url":"https://example.com/","kinds":"won"})", "kinds must be a non-empty list"},
        {R"({"url":"https://example.com/","kinds":[1]})", "kinds must be a list of texts"},
        {R"({"url":"https://example.com/","secret":"whsec_AAAA"})",
         "secret must be whsec_ and base64 of 24 to 64 bytes; without it one is made"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.body);
        CHECK(refusal_of(row.body) == row.error);
    }
    CHECK(refusal_of(R"({"url":"https://example.com/","kinds":["sold"]})")
              .starts_with("kinds must be of won, outbid"));
    const std::string long_url = R"({"url":"https://example.com/)" + std::string(2'000, 'a');
    CHECK(refusal_of((long_url + "\"}").c_str()) == "url is too long");
}

TEST_CASE("private addresses can be allowed") {
    const auto body = json::parse(R"({"url":"http://127.0.0.1:9/"})");
    CHECK(WebhookInput::read(body, true).url == "http://127.0.0.1:9/");
}

TEST_CASE("kinds in a query") {
    CHECK(read_kinds("won") == bit_of(Notice::Kind::won));
    CHECK(read_kinds("won,outbid") == (bit_of(Notice::Kind::won) | bit_of(Notice::Kind::outbid)));
    for (const char* bad : {"", "won,", ",won", "all", "WON"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(read_kinds(bad), HTTPError);
    }
}

TEST_CASE("a webhook's secret is shown when it is made, and never again") {
    Webhook webhook;
    webhook.id = 3;
    webhook.url = "https://example.com/\"";
    webhook.secret = "whsec_x";
    webhook.kinds = bit_of(Notice::Kind::won);
    webhook.created_us = 1'500'000;
    const std::string begin =
        R"({"id":3,"url":"https://example.com/\"","kinds":["won"],"status":"on",)"
        R"("created":1.5,"pending":0,"failures":0)";
    CHECK(webhook_json(webhook, false) == begin + "}");
    CHECK(webhook_json(webhook, true) == begin + R"(,"secret":"whsec_x"})");
    webhook.off_reason = "gone";
    CHECK(json::parse(webhook_json(webhook, false))["reason"] == "gone");
}

}  // namespace
}  // namespace gavel::notifier
