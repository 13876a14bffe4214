#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "common/http/service_client.h"

namespace gavel::testing {

// A service that answers when the test says so, and remembers what it was asked.
class FakeServiceClient : public ServiceClient {
  public:
    void send(ServiceRequest request, Callback callback) override {
        requests_.push_back(std::move(request));
        callbacks_.push_back(std::move(callback));
    }

    const std::vector<ServiceRequest>& requests() const { return requests_; }
    const ServiceRequest& last() const { return requests_.back(); }

    // Answers the oldest request that waits. REQUIRES: there is one.
    void answer(int status, std::string body, Headers headers = {}) {
        Response response;
        response.status = status;
        response.body = std::move(body);
        response.headers = std::move(headers);
        answer(std::move(response));
    }
    void answer(Response response) { finish({ServiceFailure::none, std::move(response)}); }
    void fail(ServiceFailure failure) { finish({failure, {}}); }

    std::size_t waiting() const { return callbacks_.size() - answered_; }

  private:
    void finish(ServiceResult result) {
        // Taken out first: the callback may send the next request.
        const auto callback = std::exchange(callbacks_.at(answered_++), nullptr);
        callback(std::move(result));
    }

    std::vector<ServiceRequest> requests_;
    std::vector<Callback> callbacks_;
    std::size_t answered_ = 0;
};

}  // namespace gavel::testing
