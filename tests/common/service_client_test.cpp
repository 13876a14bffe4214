#include "common/http/service_client.h"

#include <doctest/doctest.h>

namespace gavel {
namespace {

TEST_CASE("a failed service becomes a status that says whether asking again is right") {
    struct Row {
        ServiceFailure failure;
        int status;
        bool retry;
        const char* body;
    };
    const Row rows[] = {
        {ServiceFailure::unreachable, 503, true,
         R"({"error":"auction service is unavailable, try again"})"},
        {ServiceFailure::overloaded, 503, true,
         R"({"error":"auction service is overloaded, try again"})"},
        {ServiceFailure::lost, 503, true,
         R"({"error":"the connection to the auction service was lost; )"
         R"(the request may have taken effect"})"},
        {ServiceFailure::timed_out, 504, false,
         R"({"error":"auction service did not answer in time"})"},
        {ServiceFailure::too_large, 502, false,
         R"({"error":"auction service gave an answer that is too large"})"},
    };
    for (const auto& row : rows) {
        const auto response = response_for(row.failure, "auction service");
        CHECK(response.status == row.status);
        CHECK(response.body == row.body);
        CHECK(response.headers.find("Retry-After").has_value() == row.retry);
    }
}

}  // namespace
}  // namespace gavel
