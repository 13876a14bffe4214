#include "common/http/request_id.h"

#include <algorithm>
#include <atomic>
#include <random>

#include "common/limits.h"

namespace gavel {
namespace {

constexpr std::size_t request_id_digits = 15;  // as many as a std::string holds within itself

}  // namespace

std::string make_request_id() {
    static const std::uint64_t process = [] {
        std::random_device device;
        return (static_cast<std::uint64_t>(device()) << 32) | device();
    }();
    static std::atomic<std::uint64_t> serial = 0;
    static constexpr char digits[] = "0123456789abcdef";
    // An odd multiplier permutes the numbers of as many bits, so ids never repeat within a process.
    std::uint64_t value =
        process + serial.fetch_add(1, std::memory_order_relaxed) * 0x9e3779b97f4a7c15ULL;
    std::string id(request_id_digits, '0');
    for (std::size_t i = id.size(); i-- > 0; value >>= 4) id[i] = digits[value & 15];
    return id;
}

bool is_acceptable_request_id(std::string_view id) {
    return !id.empty() && id.size() <= limits::max_request_id_bytes &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 127 && c != '"'; });
}

}  // namespace gavel
