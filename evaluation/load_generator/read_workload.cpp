#include "evaluation/load_generator/read_workload.h"

#include <charconv>
#include <stdexcept>
#include <utility>

namespace gavel::evaluation {
namespace {

bool read_range(std::string_view text, std::uint64_t& low, std::uint64_t& high) {
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, low);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return false;
    const auto second = std::from_chars(first.ptr + 1, end, high);
    return second.ec == std::errc() && second.ptr == end && low <= high;
}

}  // namespace

ReadWorkload::ReadWorkload(std::string_view authority, const std::vector<std::string>& targets,
                           std::vector<std::string> ids, std::string_view fields)
    : ids_(std::move(ids)),
      tail_(" HTTP/1.1\r\nHost: " + std::string(authority) + "\r\n" + std::string(fields) +
            "\r\n") {
    for (const auto& target : targets) {
        targets_.push_back(parse(target));
        for (const Part& part : targets_.back()) {
            if (part.value == Part::Value::auction && ids_.empty()) {
                throw std::runtime_error(target + " needs the id of an auction: use --auctions");
            }
        }
    }
}

std::vector<ReadWorkload::Part> ReadWorkload::parse(std::string_view target) {
    std::vector<Part> parts;
    std::string_view rest = target;
    while (!rest.empty()) {
        const auto open = rest.find('{');
        Part& part = parts.emplace_back();
        part.text = rest.substr(0, open);
        if (open == std::string_view::npos) break;
        const auto close = rest.find('}', open);
        const std::string_view name = rest.substr(open + 1, close - open - 1);
        if (close != std::string_view::npos && name == "auction") {
            part.value = Part::Value::auction;
        } else if (close != std::string_view::npos && read_range(name, part.low, part.high)) {
            part.value = Part::Value::number;
        } else {
            throw std::runtime_error(std::string(target) +
                                     ": braces hold \"auction\" or a range such as 1-1000");
        }
        rest.remove_prefix(close + 1);
    }
    return parts;
}

std::optional<Workload::Request> ReadWorkload::next() {
    request_ = "GET ";
    for (const Part& part : targets_[turn_]) {
        request_ += part.text;
        if (part.value == Part::Value::auction) {
            request_ += ids_[id_turn_];
            id_turn_ = (id_turn_ + 1) % ids_.size();
        } else if (part.value == Part::Value::number) {
            request_ += std::to_string(part.low + random_() % (part.high - part.low + 1));
        }
    }
    turn_ = (turn_ + 1) % targets_.size();
    request_ += tail_;
    return Request{request_, 0, 0};
}

}  // namespace gavel::evaluation
