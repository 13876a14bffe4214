#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gavel::evaluation {

// What is asked of a server, request by request. Requests are made in the order they are sent.
class Workload {
  public:
    struct Request {
        std::string_view bytes;           // valid until the next call
        std::uint64_t tag = 0;            // handed back with the answer
        std::size_t kept_body_bytes = 0;  // of the answer
    };

    virtual ~Workload() = default;

    // Nothing when there is nothing left to ask.
    virtual std::optional<Request> next() = 0;
    virtual void answered(std::uint64_t tag, int status, std::string_view kept_body);
};

inline void Workload::answered(std::uint64_t, int, std::string_view) {}

}  // namespace gavel::evaluation
