#include "services/auction/create_request.h"

#include "common/contract/input.h"
#include "services/auction/terms_input.h"

namespace gavel::auction {

CreateAuction read_create(const nlohmann::json& object) {
    CreateAuction create;
    create.duration_seconds = contract::read_duration_seconds(object);
    create.name = contract::read_name(object);
    create.starting_bid = contract::read_starting_bid(object);
    create.description = contract::read_description(object);
    if (auto terms = read_terms(object, create.starting_bid, create.duration_seconds)) {
        create.terms = *std::move(terms);
    }
    return create;
}

}  // namespace gavel::auction
