#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "common/contract/auction_document.h"
#include "common/http/response.h"
#include "services/auction/auction_engine.h"
#include "services/auction/outcome.h"

// Turns outcomes into what clients read. Pure: the same outcome and auction give the same answer
// now and at any later time, which is how the first answer of an idempotency key is given again.
namespace gavel::auction {

// The answer to create (201), bid and close (200), or why not. `document` may be null only when
// the outcome is about no auction. `lean` leaves out the bids.
Response answer_for(const Outcome& outcome, const contract::AuctionDocument* document,
                    int success_status, bool lean);

// One line of a bulk request as it came.
struct BulkItem {
    std::string bidder_json;  // echoed: a JSON string, "" when it was none
    std::string amount_json;  // echoed: any JSON value, null when there was none
    std::string refusal;      // why it was no bid at all; then it was not offered to the book
};

// The answer to a bulk request: 200 when any bid was accepted, else 409.
Response bulk_answer_for(const Outcome& outcome, const contract::AuctionDocument* document,
                         const std::vector<BulkItem>& items, bool lean);

// When the command did not come to an outcome.
Response answer_for(Refusal refusal);

}  // namespace gavel::auction
