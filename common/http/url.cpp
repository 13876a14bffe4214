#include "common/http/url.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>

namespace gavel {
namespace {

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
}

}  // namespace

std::string ServiceURL::authority() const {
    const bool ipv6 = host.find(':') != std::string::npos;
    return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

ServiceURL ServiceURL::parse(const std::string& text) {
    constexpr std::string_view scheme = "http://";
    const auto broken = [&text] {
        return std::invalid_argument("\"" + text +
                                     "\" is no URL of a service; it must look like "
                                     "http://host:port");
    };
    if (!std::string_view(text).starts_with(scheme)) throw broken();
    std::string_view rest = std::string_view(text).substr(scheme.size());
    if (rest.ends_with('/')) rest.remove_suffix(1);
    ServiceURL url;
    const auto bracket = rest.rfind(']');
    const auto colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
    std::string_view host = rest.substr(0, colon);
    if (!std::all_of(host.begin(), host.end(), is_host_character)) throw broken();
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host.empty() || host.find_first_of("[]") != std::string_view::npos) throw broken();
    url.host = host;
    if (colon != std::string_view::npos) {
        const std::string_view digits = rest.substr(colon + 1);
        const char* const end = digits.data() + digits.size();
        const auto [last, error] = std::from_chars(digits.data(), end, url.port);
        if (error != std::errc() || last != end || url.port == 0) throw broken();
    }
    return url;
}

}  // namespace gavel
