#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/http/response.h"
#include "common/runtime/scheduler.h"

namespace gavel {

// What came of the wish for the next piece.
enum class Piece : std::uint8_t {
    more,  // it was appended, and there is another one
    last,  // it was appended
    lost,  // what the rest would be made of has gone
};

// An answer of 200 that is made piece by piece. One that fits the first piece is whole; else it is
// a stream, and each piece is made in a turn of the loop of its own, once its reader has taken the
// one before: so a long answer holds up nobody, and takes the memory of one piece. One whose rest
// is lost breaks off, which its reader is told by HTTP.
//
// `next` appends the next piece; it is kept until the stream is over. Borrows the scheduler.
Response answer_in_pieces(Scheduler& scheduler, const char* content_type,
                          std::function<Piece(std::string&)> next);

}  // namespace gavel
