#include "evaluation/load_generator/create_workload.h"

#include "evaluation/load_generator/request_text.h"

namespace gavel::evaluation {

CreateWorkload::CreateWorkload(std::string_view authority, std::optional<std::uint64_t> count)
    : head_(post_head("/api/auctions", authority, "")), count_(count) {}

std::optional<Workload::Request> CreateWorkload::next() {
    if (count_ && made_ == *count_) return std::nullopt;
    ++made_;
    request_ = head_;
    append_body(request_, R"({"name":"Lot )" + std::to_string(made_) + R"(","starting_bid":1})");
    return Request{request_, 0, 64};
}

// {"auction":{"id":"17",...
void CreateWorkload::answered(std::uint64_t, int status, std::string_view kept_body) {
    constexpr std::string_view mark = R"("id":")";
    const auto begin = kept_body.find(mark);
    if (status != 201 || begin == std::string_view::npos) return;
    const std::string_view rest = kept_body.substr(begin + mark.size());
    ids_.emplace_back(rest.substr(0, rest.find('"')));
}

}  // namespace gavel::evaluation
