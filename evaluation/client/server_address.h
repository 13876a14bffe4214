#pragma once

#include <sys/socket.h>

#include <string>

#include "common/runtime/file_descriptor.h"

namespace gavel::evaluation {

// Where what is measured listens: resolved once, so that no connection waits for a name.
struct ServerAddress {
    std::string authority;  // "host:port", as the Host header has it
    sockaddr_storage address{};
    socklen_t address_bytes = 0;

    // Of "http://host:port". Throws std::runtime_error in a sentence.
    static ServerAddress resolve(const std::string& url);
    // A socket that is being connected, does not block and does not wait to fill packets; 0 bytes
    // leave its receive buffer to the system. Throws std::system_error.
    FileDescriptor connect(int receive_buffer_bytes = 0) const;
};

}  // namespace gavel::evaluation
