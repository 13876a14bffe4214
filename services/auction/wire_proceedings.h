#pragma once

#include <cstddef>

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "services/auction/proceedings.h"

namespace gavel::auction {

// The proceedings of an auction in a snapshot of the book. What is secret stands there as it is: a
// snapshot is a file of the auction service's own.
void write_proceedings(ByteWriter& out, const Proceedings& proceedings);

// Of an auction with that many bids. Throws MalformedBytes when they do not fit together.
Proceedings read_proceedings(ByteReader& in, std::size_t bid_count);

}  // namespace gavel::auction
