#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "consensus/two_phase_commit/decision_record.h"
#include "consensus/two_phase_commit/fields.h"

namespace gavel {

// Decision records as one text, between the Raft nodes that keep them and the coordinators.

inline std::string encode_listing(const std::vector<two_phase::DecisionRecord>& records) {
    two_phase::FieldWriter out;
    out.count(records.size());
    for (const auto& record : records) out.text(record.encode());
    return out.take();
}

// Throws two_phase::MalformedRecord.
inline std::vector<two_phase::DecisionRecord> decode_listing(std::string_view text) {
    two_phase::FieldReader in(text);
    std::vector<two_phase::DecisionRecord> records;
    for (auto left = in.count(); left > 0; --left) {
        records.push_back(two_phase::DecisionRecord::decode(in.text()));
    }
    in.expect_end();
    return records;
}

}  // namespace gavel
