#pragma once

#include <string>

namespace gavel {

// Asks a URL once, waiting two seconds at most; true when the answer's status is 2xx. Blocks: for
// health checks from the command line. Throws std::invalid_argument for what is no URL.
bool probe(const std::string& url);

}  // namespace gavel
