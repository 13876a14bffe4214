#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "common/http/service_client.h"
#include "common/runtime/deadlines.h"
#include "common/runtime/scheduler.h"

namespace gavel {

// Sends the requests that come together as one: writes that are there at the end of a turn of the
// loop, and those that come while limits::max_batches_under_way batches are on their way, share a
// request (message_batch.h). A lone one goes as it is, and waits for nobody. Reads, which may wait
// at the service, and large bodies go alone, too.
//
// Each answer is told when it comes. A batch of which some take long is no longer counted as under
// way, so it holds up neither those that come later nor its own others.
//
// To callers it is the client that it sends through, with its failures: what becomes of a batch
// becomes of each of its requests, within its own time limit. Requests that may be repeated and
// those that must not share no batch. A service that knows no batches gets none.
// Loop thread only. Borrows the scheduler.
class BatchingServiceClient : public ServiceClient {
  public:
    BatchingServiceClient(Scheduler& scheduler, std::unique_ptr<ServiceClient> client);
    ~BatchingServiceClient() override;
    BatchingServiceClient(const BatchingServiceClient&) = delete;
    BatchingServiceClient& operator=(const BatchingServiceClient&) = delete;

    void send(ServiceRequest request, Callback callback) override;

  private:
    class Call;
    class Answers;
    using CallPointer = std::shared_ptr<Call>;
    using Batch = std::vector<CallPointer>;

    void send_soon();
    void send_waiting();
    Batch take_batch();
    void send_batch(Batch batch);
    void send_alone(const CallPointer& call);
    void answered(Batch batch, ServiceResult result);

    Scheduler& scheduler_;
    std::shared_ptr<Deadlines> deadlines_;  // shared with the calls
    std::unique_ptr<ServiceClient> client_;
    std::deque<CallPointer> waiting_;
    std::size_t under_way_ = 0;  // batches, and lone requests in their place
    bool sending_soon_ = false;
    bool knows_batches_ = true;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace gavel
