#pragma once

#include <string>
#include <string_view>

#include "common/http/headers.h"

namespace gavel {

// The head of an HTTP/1.1 message, line by line (RFC 9112). Each line but the first begins with the
// end of the one before, so a head ends with an empty line: "\r\n\r\n".

// "HTTP/1.1 404 Not Found".
void append_status_line(std::string& out, int status);

// REQUIRES: a name and a value that may stand there.
void append_field_line(std::string& out, std::string_view name, std::string_view value);

// All headers that may stand there but for those that whoever makes the message writes itself.
template <class IsOurs>
void append_field_lines(std::string& out, const Headers& headers, const IsOurs& is_ours);

// Whether it may stand there: nothing in it can end its line.
bool is_field(std::string_view name, std::string_view value);

template <class IsOurs>
void append_field_lines(std::string& out, const Headers& headers, const IsOurs& is_ours) {
    for (const auto& [name, value] : headers) {
        if (!is_ours(name) && is_field(name, value)) append_field_line(out, name, value);
    }
}

}  // namespace gavel
