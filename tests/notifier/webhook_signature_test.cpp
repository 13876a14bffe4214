#include "services/notifier/webhook_signature.h"

#include <doctest/doctest.h>

#include <string>

namespace gavel::notifier {
namespace {

TEST_CASE("a message is signed as Standard Webhooks' own example is") {
    const auto headers =
        signed_headers("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                       1'614'265'330, R"({"test": 2432232314})");
    CHECK(headers.find("webhook-id") == "msg_p5jXN8AQM9LWM0D4loKWxJek");
    CHECK(headers.find("webhook-timestamp") == "1614265330");
    CHECK(headers.find("webhook-signature") == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("secrets that are made differ, and are secrets") {
    const std::string one = make_webhook_secret();
    CHECK(one != make_webhook_secret());
    CHECK(is_webhook_secret(one));
}

TEST_CASE("a secret is whsec_ and base64 of 24 to 64 bytes") {
    const auto of_bytes = [](std::size_t groups) {
        std::string text = "whsec_";
        for (std::size_t i = 0; i < groups; ++i) text += "AAAA";
        return text;
    };
    CHECK(is_webhook_secret(of_bytes(8)));
    CHECK(is_webhook_secret(of_bytes(21)));
    CHECK(is_webhook_secret(of_bytes(20) + "AAAAAA=="));  // 64
    for (const auto& bad :
         {std::string(), of_bytes(0), of_bytes(7), of_bytes(22), of_bytes(8).substr(6),
          of_bytes(8) + "A", of_bytes(8) + "!AAA", of_bytes(8) + "\n", of_bytes(8) + "AA=A",
          of_bytes(8) + "AAB=", of_bytes(1'000)}) {
        CAPTURE(bad);
        CHECK_FALSE(is_webhook_secret(bad));
    }
}

}  // namespace
}  // namespace gavel::notifier
