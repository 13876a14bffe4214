// What the HTTP engine is measured against: cpp-httplib as it comes, with keep-alive and without
// Nagle's delay, parsing and echoing JSON. Nothing of Gavel is in it.
//
//   bare_http_server PORT

#include <httplib.h>

#include <cstdlib>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: bare_http_server PORT\n";
        return 2;
    }
    httplib::Server server;
    server.set_tcp_nodelay(true);
    server.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
    // A thread serves a connection for as long as it lasts: fewer than connections, and some wait.
    server.new_task_queue = [] { return new httplib::ThreadPool(1024); };
    server.Post(R"(/.*)", [](const httplib::Request& request, httplib::Response& response) {
        response.set_content(nlohmann::json::parse(request.body).dump(), "application/json");
    });
    server.Get("/livez", [](const httplib::Request&, httplib::Response& response) {
        response.set_content(R"({"status":"ok"})", "application/json");
    });
    return server.listen("127.0.0.1", std::atoi(argv[1])) ? 0 : 1;
}
