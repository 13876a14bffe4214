#pragma once

#include <sys/socket.h>

#include <string>

namespace gavel {

// The address alone, without its port: "192.0.2.7", "2001:db8::1". An IPv4 address within IPv6
// (RFC 4291, section 2.5.5.2) is written as IPv4. "" for what is no IP address.
std::string address_text(const sockaddr_storage& address);

// Anyone on the Internet may have this address. False for what leads into a private network or to
// this machine, for what is reserved, and for what carries such an address within it (the special
// purpose registries of RFC 6890).
bool is_public(const sockaddr_storage& address);

}  // namespace gavel
