#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace gavel::auction {

// The lines of a file in tests/auction/fixtures, each some bytes in hex; `#` begins a comment.
inline std::vector<std::string> read_fixture(const std::string& name) {
    std::ifstream file(std::string(GAVEL_AUCTION_FIXTURES) + "/" + name);
    if (!file) throw std::runtime_error("there is no fixture " + name);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.front() == '#') continue;
        std::string bytes;
        for (std::size_t i = 0; i + 1 < line.size(); i += 2) {
            bytes += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
        }
        all.push_back(std::move(bytes));
    }
    return all;
}

}  // namespace gavel::auction
