#pragma once

#include <nlohmann/json_fwd.hpp>

#include "services/auction/command.h"

namespace gavel::auction {

// What a client asks for with a create, checked. Throws HTTPError 400 in the contract's words, and
// those of terms_input.h.
CreateAuction read_create(const nlohmann::json& object);

}  // namespace gavel::auction
