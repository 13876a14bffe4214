#pragma once

#include <stdexcept>
#include <string>

namespace gavel {

// A refusal that a client may read: thrown once where the reason is known, turned into
// `{"error": message}` once, by JSONRequestHandler. The message must carry nothing internal.
class HTTPError : public std::runtime_error {
  public:
    HTTPError(int status, const std::string& message)
        : std::runtime_error(message), status_(status) {}
    int status() const { return status_; }

  private:
    int status_;
};

inline HTTPError bad_request(const std::string& message) {
    return {400, message};
}

}  // namespace gavel
