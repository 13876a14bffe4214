#include "services/gateway/stream_chunks.h"

#include <unordered_map>

namespace gavel::gateway {
namespace {

// A chunk ends beyond either of them; the rest goes with the next.
constexpr std::size_t chunk_bytes = 256 * 1024;
constexpr std::uint64_t chunk_events = 4'096;

}  // namespace

const StreamChunks::Chunk& StreamChunks::from(std::uint64_t from, const StreamShape& shape,
                                              const std::string& log_id) {
    Kept& kept =
        kept_[(shape.notices ? 4U : 0U) + (shape.lean ? 2U : 0U) + (shape.auction_id ? 1U : 0U)];
    const bool fits = kept.chunk.to > kept.chunk.from && kept.chunk.from == from &&
                      kept.shape == shape && (kept.full || kept.chunk.to == window_.end());
    if (!fits) kept = make(from, shape, log_id);
    return kept.chunk;
}

StreamChunks::Kept StreamChunks::make(std::uint64_t from, const StreamShape& shape,
                                      const std::string& log_id) const {
    const std::uint64_t end = std::min(window_.end(), from + chunk_events);
    const auto wanted = [&](std::uint64_t serial) {
        return !shape.auction_id || window_.auction_id(serial) == *shape.auction_id;
    };
    std::unordered_map<std::uint64_t, std::uint64_t> newest_state;  // by auction
    for (std::uint64_t serial = from; shape.lean && serial < end; ++serial) {
        const bool state = wanted(serial) && window_.is_state(serial);
        if (state) newest_state[window_.auction_id(serial)] = serial;
    }
    Kept made;
    made.shape = shape;
    made.chunk.from = from;
    std::string text;
    std::uint64_t serial = from;
    for (; serial < end && text.size() < chunk_bytes; ++serial) {
        if (!wanted(serial)) continue;
        const bool superseded = shape.lean && window_.is_state(serial) &&
                                newest_state.at(window_.auction_id(serial)) != serial;
        if (superseded) {
            ++made.chunk.coalesced;
            continue;
        }
        window_.append_frame(text, serial, log_id, shape.lean, shape.notices);
        ++made.chunk.events;
    }
    made.chunk.to = serial;
    made.full = serial < window_.end();
    if (!text.empty()) made.chunk.text = std::make_shared<const std::string>(std::move(text));
    return made;
}

}  // namespace gavel::gateway
