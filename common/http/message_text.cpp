#include "common/http/message_text.h"

#include "common/http/field_syntax.h"
#include "common/http/reason_phrase.h"

namespace gavel {

void append_status_line(std::string& out, int status) {
    out += "HTTP/1.1 ";
    out += std::to_string(status);
    out += ' ';
    out += reason_phrase(status);
}

void append_field_line(std::string& out, std::string_view name, std::string_view value) {
    out += "\r\n";
    out += name;
    out += ": ";
    out += value;
}

bool is_field(std::string_view name, std::string_view value) {
    return is_token(name) && is_field_value(value);
}

}  // namespace gavel
