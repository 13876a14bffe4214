#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gavel {

// Addresses and networks, IPv4 and IPv6: "10.0.0.0/8,2001:db8::/32,192.0.2.7".
class AddressSet {
  public:
    AddressSet() = default;
    // Throws std::invalid_argument that shows what is no address.
    static AddressSet parse(std::string_view list);

    // False for text that is no address.
    bool contains(std::string_view address) const;
    bool empty() const { return networks_.empty(); }

  private:
    using Bytes = std::array<std::uint8_t, 16>;  // IPv4 as it stands within IPv6
    struct Network {
        Bytes address{};
        int bits = 128;
    };
    static bool read(std::string_view text, Bytes& bytes, bool& is_ipv4);

    std::vector<Network> networks_;
};

}  // namespace gavel
