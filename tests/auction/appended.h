#pragma once

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/auction/command_log.h"

namespace gavel::auction {

// Appends and waits for the log to say what became of it.
inline AppendResult append(CommandLog& log, std::vector<std::string> records) {
    auto done = std::make_shared<std::promise<AppendResult>>();
    auto result = done->get_future();
    log.append(std::move(records), [done](AppendResult appended) { done->set_value(appended); });
    return result.get();
}

// Every record of the log from `first` on.
inline std::vector<std::string> records_of(CommandLog& log, std::uint64_t first = 1) {
    std::vector<std::string> records;
    log.replay(first, [&](std::uint64_t index, std::string_view record) {
        if (index != first + records.size()) throw std::runtime_error("an index is wrong");
        records.emplace_back(record);
    });
    return records;
}

}  // namespace gavel::auction
