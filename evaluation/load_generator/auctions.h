#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "evaluation/client/poller.h"
#include "evaluation/client/server_address.h"

namespace gavel::evaluation {

// Creates so many auctions, each with about so many bids, and returns their ids when the server
// shows all of it. Throws std::runtime_error in a sentence.
std::vector<std::string> create_auctions(Poller& poller, const ServerAddress& server,
                                         std::uint64_t count, std::uint64_t bids_on_each);

}  // namespace gavel::evaluation
