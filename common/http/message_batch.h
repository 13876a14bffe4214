#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/json_request.h"
#include "common/http/response.h"
#include "common/http/response_parser.h"

namespace gavel {

// Several requests to one service in the body of one, and their answers in the body of its answer:
// HTTP messages one behind the other (media type application/http, RFC 9112, section 10.2), where
// each answer names the place of its request. What a request costs beside its own work, a send and
// a receive on either side, is shared by all of them.
inline constexpr const char* batch_target = "/batch";
inline constexpr const char* batch_type = "application/http";

// The requests of a batch (append_request_text() writes them). Nothing when the text is no batch,
// has more than limits::max_batch_requests or ends in the middle of one.
std::optional<std::vector<JSONRequest>> parse_batch(std::string_view text);

// Appends the answer to the request that stands at `place`, counted from 0. REQUIRES: no stream.
void append_answer_text(std::string& out, const Response& answer, std::size_t place);

// Takes answers out of the body of a batch's answer, which may come in pieces. Not thread-safe.
class AnswerReader {
  public:
    using Answered = std::function<void(std::size_t place, Response answer)>;

    // False when the text is none; what came before was told. `answered` is called for each answer
    // that is complete, and must not destroy the reader.
    bool feed(std::string_view text, const Answered& answered);
    // The text ended where an answer does.
    bool at_end() const { return !parser_.any_bytes(); }

  private:
    ResponseParser parser_;
};

}  // namespace gavel
