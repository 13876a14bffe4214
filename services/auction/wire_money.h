#pragma once

#include "common/bytes/byte_reader.h"
#include "common/bytes/byte_writer.h"
#include "common/limits.h"
#include "common/money/money.h"

namespace gavel::auction {

// An amount in a log record or snapshot: units and notation, nine bytes.
inline void write_money(ByteWriter& out, Money money) {
    out.i64(money.units);
    out.u8(static_cast<std::uint8_t>(money.notation));
}

inline Money read_money(ByteReader& in) {
    Money money;
    money.units = in.i64();
    if (money.units <= 0 || money.units > limits::max_money_units) {
        throw MalformedBytes("an amount is out of range");
    }
    const auto notation = in.u8();
    if (notation > 1) throw MalformedBytes("an amount has an unknown notation");
    money.notation = static_cast<Money::Notation>(notation);
    return money;
}

}  // namespace gavel::auction
