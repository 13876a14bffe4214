#include "common/http/network_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>

namespace gavel {
namespace {

struct IPv4Block {
    std::uint32_t address;
    int bits;
};

constexpr std::uint32_t ipv4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    return a << 24 | b << 16 | c << 8 | d;
}

constexpr IPv4Block not_public[] = {
    {ipv4(0, 0, 0, 0), 8},        // this network
    {ipv4(10, 0, 0, 0), 8},       // private
    {ipv4(100, 64, 0, 0), 10},    // shared by a carrier's customers
    {ipv4(127, 0, 0, 0), 8},      // loopback
    {ipv4(169, 254, 0, 0), 16},   // link local; the metadata services of clouds
    {ipv4(172, 16, 0, 0), 12},    // private
    {ipv4(192, 0, 0, 0), 24},     // protocol assignments
    {ipv4(192, 0, 2, 0), 24},     // documentation
    {ipv4(192, 88, 99, 0), 24},   // 6to4 relays
    {ipv4(192, 168, 0, 0), 16},   // private
    {ipv4(198, 18, 0, 0), 15},    // benchmarks
    {ipv4(198, 51, 100, 0), 24},  // documentation
    {ipv4(203, 0, 113, 0), 24},   // documentation
    {ipv4(224, 0, 0, 0), 3},      // multicast and reserved
};

bool is_public_ipv4(std::uint32_t address) {
    return std::none_of(std::begin(not_public), std::end(not_public), [&](const auto& block) {
        return (address ^ block.address) >> (32 - block.bits) == 0;
    });
}

using IPv6 = std::array<std::uint8_t, 16>;

bool begins_with(const IPv6& address, std::initializer_list<std::uint8_t> prefix) {
    return std::equal(prefix.begin(), prefix.end(), address.begin());
}

std::uint32_t last_four(const IPv6& address) {
    return ipv4(address[12], address[13], address[14], address[15]);
}

bool is_mapped_ipv4(const IPv6& address) {
    return begins_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
}

bool is_public_ipv6(const IPv6& address) {
    const bool translated = begins_with(address, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0});
    if (is_mapped_ipv4(address) || translated) return is_public_ipv4(last_four(address));
    if ((address[0] & 0xe0) != 0x20) return false;  // 2000::/3 is what is given out
    const bool assignments = begins_with(address, {0x20, 0x01}) && address[2] < 2;  // 2001::/23
    const bool documentation = begins_with(address, {0x20, 0x01, 0x0d, 0xb8}) ||
                               (begins_with(address, {0x3f, 0xff}) && address[2] < 0x10);
    const bool six_to_four = begins_with(address, {0x20, 0x02});
    return !assignments && !documentation && !six_to_four;
}

std::optional<std::uint32_t> ipv4_of(const sockaddr_storage& address) {
    if (address.ss_family != AF_INET) return std::nullopt;
    return ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr);
}

std::optional<IPv6> ipv6_of(const sockaddr_storage& address) {
    if (address.ss_family != AF_INET6) return std::nullopt;
    IPv6 bytes;
    const auto& raw = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr.s6_addr;
    std::copy(std::begin(raw), std::end(raw), bytes.begin());
    return bytes;
}

}  // namespace

std::string address_text(const sockaddr_storage& address) {
    char text[INET6_ADDRSTRLEN] = "";
    if (const auto v4 = ipv4_of(address)) {
        const in_addr raw{htonl(*v4)};
        ::inet_ntop(AF_INET, &raw, text, sizeof text);
    } else if (const auto v6 = ipv6_of(address)) {
        if (is_mapped_ipv4(*v6)) {
            ::inet_ntop(AF_INET, v6->data() + 12, text, sizeof text);
        } else {
            ::inet_ntop(AF_INET6, v6->data(), text, sizeof text);
        }
    }
    return text;
}

bool is_public(const sockaddr_storage& address) {
    if (const auto v4 = ipv4_of(address)) return is_public_ipv4(*v4);
    const auto v6 = ipv6_of(address);
    return v6 && is_public_ipv6(*v6);
}

}  // namespace gavel
