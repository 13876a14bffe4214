#pragma once

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "services/auction/rules/auction_terms.h"

namespace gavel::auction {

// An auction's rules in a log record or snapshot.
void write_terms(ByteWriter& out, const AuctionTerms& terms);

// Throws MalformedBytes for what the rules could not work with. Does not judge whether the terms
// make sense by the standards of today: an old log's create was judged when it was made.
AuctionTerms read_terms(ByteReader& in);

}  // namespace gavel::auction
