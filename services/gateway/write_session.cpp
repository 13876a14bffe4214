#include "services/gateway/write_session.h"

#include <array>
#include <cassert>
#include <cinttypes>
#include <cstdio>

namespace gavel::gateway {

std::uint64_t WriteSession::begin() {
    in_flight_.insert(in_flight_.end(), ++last_serial_);
    return last_serial_;
}

std::string WriteSession::header_for(std::uint64_t serial) const {
    assert(in_flight_.contains(serial));
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%016" PRIx64, id_);
    return std::string(digits.data()) + "-" + std::to_string(serial) + "-" +
           std::to_string(*in_flight_.begin());
}

}  // namespace gavel::gateway
