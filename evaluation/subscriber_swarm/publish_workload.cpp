#include "evaluation/subscriber_swarm/publish_workload.h"

#include "evaluation/load_generator/request_text.h"
#include "evaluation/subscriber_swarm/event_log.h"

namespace gavel::evaluation {

PublishWorkload::PublishWorkload(std::string_view authority, std::string_view target,
                                 std::size_t message_bytes)
    : head_(post_head(target, authority, "")), message_bytes_(message_bytes) {}

std::optional<Workload::Request> PublishWorkload::next() {
    std::string body = R"({"bidder":")";
    body += EventLog::bidder_prefix;
    body += std::to_string(sent_) + R"(","text":")";
    constexpr std::string_view end = "\"}";
    if (body.size() + end.size() < message_bytes_) {
        body.append(message_bytes_ - body.size() - end.size(), 'x');
    }
    body += end;
    request_ = head_;
    append_body(request_, body);
    return Request{request_, sent_++, 0};
}

}  // namespace gavel::evaluation
