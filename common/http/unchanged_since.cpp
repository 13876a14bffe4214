#include "common/http/unchanged_since.h"

#include <charconv>
#include <string>

#include "common/http/http_error.h"

namespace gavel {

std::optional<std::uint64_t> read_unchanged_since(const JSONRequest& request) {
    const auto text = request.header(unchanged_since_header);
    if (!text) return std::nullopt;
    std::uint64_t index = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), index);
    if (error != std::errc() || end != text->data() + text->size()) {
        throw bad_request(std::string(unchanged_since_header) + " must be an index of the log");
    }
    return index;
}

}  // namespace gavel
