#include "common/http/probe.h"

#include <httplib.h>

#include "common/http/url.h"

namespace gavel {

bool probe(const std::string& url) {
    constexpr std::size_t scheme_bytes = std::string_view("http://").size();
    const auto path_at = url.find('/', std::min(scheme_bytes, url.size()));
    const auto service = ServiceURL::parse(url.substr(0, path_at));
    httplib::Client client(service.host, service.port);
    client.set_connection_timeout(2);
    client.set_read_timeout(2);
    client.set_tcp_nodelay(true);
    const auto answer = client.Get(path_at == std::string::npos ? "/" : url.substr(path_at));
    return answer && answer->status >= 200 && answer->status < 300;
}

}  // namespace gavel
