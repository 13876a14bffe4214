#include "common/web/web_url.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "common/http/url.h"

namespace gavel {
namespace {

constexpr std::uint16_t http_port = 80;
constexpr std::uint16_t https_port = 443;

}  // namespace

std::string WebURL::authority() const {
    const std::string full = ServiceURL{host, port}.authority();
    const bool usual = port == (https ? https_port : http_port);
    return usual ? full.substr(0, full.rfind(':')) : full;
}

WebURL WebURL::parse(const std::string& text) {
    WebURL url;
    url.https = text.starts_with("https://");
    if (!url.https && !text.starts_with("http://")) {
        throw std::invalid_argument("it must begin with https:// or http://");
    }
    const bool printable =
        std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
    if (!printable) throw std::invalid_argument("spaces and other letters must be percent-encoded");
    const auto host_at = text.find("//") + 2;
    const auto path_at = std::min(text.find_first_of("/?#", host_at), text.size());
    if (text.find('#') != std::string::npos) throw std::invalid_argument("it has a fragment (#)");
    const std::string authority = text.substr(host_at, path_at - host_at);
    if (authority.find('@') != std::string::npos) {
        throw std::invalid_argument("a user name in it is not sent");
    }
    try {
        const auto service = ServiceURL::parse("http://" + authority);
        url.host = service.host;
        const bool has_port = authority.find(':', authority.rfind(']') + 1) != std::string::npos;
        url.port = has_port ? service.port : (url.https ? https_port : http_port);
    } catch (const std::invalid_argument&) {
        throw std::invalid_argument("\"" + authority + "\" is no host");
    }
    url.target = text.substr(path_at);
    if (!url.target.starts_with('/')) url.target = "/" + url.target;
    return url;
}

}  // namespace gavel
