#include "common/http/address_set.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace gavel {
namespace {

constexpr int ipv6_bits = 128;
constexpr int mapped_bits = 96;  // before an IPv4 address

bool has_prefix(const std::array<std::uint8_t, 16>& address,
                const std::array<std::uint8_t, 16>& prefix, int bits) {
    for (int bit = 0; bit < bits; bit += 8) {
        const int unused = std::max(0, bit + 8 - bits);
        const auto place = static_cast<std::size_t>(bit / 8);
        if ((address[place] ^ prefix[place]) >> unused != 0) return false;
    }
    return true;
}

}  // namespace

bool AddressSet::read(std::string_view text, Bytes& bytes, bool& is_ipv4) {
    const std::string whole(text);
    bytes = {};
    is_ipv4 = ::inet_pton(AF_INET, whole.c_str(), bytes.data() + mapped_bits / 8) == 1;
    if (!is_ipv4) return ::inet_pton(AF_INET6, whole.c_str(), bytes.data()) == 1;
    bytes[10] = bytes[11] = 0xff;
    return true;
}

AddressSet AddressSet::parse(std::string_view list) {
    AddressSet set;
    while (!list.empty()) {
        const auto part = list.substr(0, list.find(','));
        const auto slash = part.find('/');
        Network network;
        bool is_ipv4 = false;
        bool fine = read(part.substr(0, slash), network.address, is_ipv4);
        const int most = is_ipv4 ? ipv6_bits - mapped_bits : ipv6_bits;
        int bits = most;
        if (slash != std::string_view::npos) {
            const char* const end = part.data() + part.size();
            const auto [rest, error] = std::from_chars(part.data() + slash + 1, end, bits);
            fine = fine && error == std::errc() && rest == end && bits >= 0 && bits <= most;
        }
        if (!fine) {
            throw std::invalid_argument("\"" + std::string(part) +
                                        "\" is no address and no network like 10.0.0.0/8");
        }
        network.bits = bits + ipv6_bits - most;
        set.networks_.push_back(network);
        list.remove_prefix(std::min(list.size(), part.size() + 1));
    }
    return set;
}

bool AddressSet::contains(std::string_view address) const {
    Bytes bytes{};
    bool is_ipv4 = false;
    if (!read(address, bytes, is_ipv4)) return false;
    return std::any_of(networks_.begin(), networks_.end(), [&](const auto& network) {
        return has_prefix(bytes, network.address, network.bits);
    });
}

}  // namespace gavel
