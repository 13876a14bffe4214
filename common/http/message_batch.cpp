#include "common/http/message_batch.h"

#include <cassert>
#include <charconv>

#include "common/http/message_text.h"
#include "common/http/request_id.h"
#include "common/http/request_parser.h"
#include "common/limits.h"

namespace gavel {
namespace {

constexpr const char* place_header = "Gavel-Place";

bool is_ours(std::string_view name) {
    return equal_ignoring_case(name, "Content-Length") || equal_ignoring_case(name, place_header);
}

std::optional<std::size_t> place_of(const Headers& headers) {
    const auto text = headers.find(place_header);
    if (!text) return std::nullopt;
    std::size_t place = 0;
    const char* const end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, place);
    return error == std::errc() && rest == end ? std::optional(place) : std::nullopt;
}

}  // namespace

std::optional<std::vector<JSONRequest>> parse_batch(std::string_view text) {
    std::vector<JSONRequest> requests;
    RequestParser parser;
    while (!text.empty()) {
        text.remove_prefix(parser.feed(text));
        if (parser.state() != RequestParser::State::complete ||
            requests.size() >= limits::max_batch_requests) {
            return std::nullopt;
        }
        auto& request = requests.emplace_back(parser.take());
        const auto id = request.header("X-Request-Id");
        request.set_request_id(id && is_acceptable_request_id(*id) ? std::string(*id)
                                                                   : make_request_id());
    }
    return requests;
}

void append_answer_text(std::string& out, const Response& answer, std::size_t place) {
    assert(!answer.stream);
    append_status_line(out, answer.status);
    append_field_lines(out, answer.headers, is_ours);
    append_field_line(out, place_header, std::to_string(place));
    append_field_line(out, "Content-Length", std::to_string(answer.body.size()));
    out += "\r\n\r\n";
    out += answer.body;
}

bool AnswerReader::feed(std::string_view text, const Answered& answered) {
    while (!text.empty()) {
        text.remove_prefix(parser_.feed(text));
        if (parser_.state() == ResponseParser::State::failed) return false;
        if (parser_.state() != ResponseParser::State::complete) return true;
        Response answer;
        answer.status = parser_.status();
        answer.headers = parser_.take_headers();
        answer.body = parser_.take_body();
        parser_ = ResponseParser();
        const auto place = place_of(answer.headers);
        if (!place) return false;
        answer.headers.remove(place_header);
        answer.headers.remove("Content-Length");
        answered(*place, std::move(answer));
    }
    return true;
}

}  // namespace gavel
