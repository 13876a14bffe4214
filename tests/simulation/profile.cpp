#include "tests/simulation/profile.h"

#include <initializer_list>

namespace gavel::simulation {

Profile::Profile(raft::Random& random) {
    const auto pick = [&random](auto... values) {
        const std::uint64_t all[] = {static_cast<std::uint64_t>(values)...};
        return all[random.between(0, sizeof...(values) - 1)];
    };
    servers = random.between(3, 7);
    if (random.chance(40)) servers = pick(3, 4);

    config.heartbeat_ticks = static_cast<std::uint32_t>(random.between(2, 5));
    config.election_ticks_min =
        config.heartbeat_ticks + static_cast<std::uint32_t>(random.between(1, 5));
    // Little spread makes split votes common.
    config.election_ticks_max =
        config.election_ticks_min + static_cast<std::uint32_t>(pick(1, 3, 5, 10));
    config.max_append_bytes = pick(100, 1'000, 100'000);
    config.max_append_entries = pick(1, 4, 1'000);
    config.max_inflight_messages = pick(1, 4, 64);
    config.max_inflight_bytes = pick(500, 1'000'000);
    config.snapshot_chunk_bytes = pick(50, 400, 100'000);
    config.max_uncommitted_entries = pick(10, 1'000);
    config.max_apply_bytes = pick(200, 1'000'000);
    config.promote_lag_entries = pick(1, 50);
    config.holds_commit_news = config.heartbeat_ticks % 2 == 0;  // half of the runs

    tick_us = 25'000;
    apply_us = pick(0, 0, 2'000, 30'000);
    duration_us = 12'000'000;

    min_delay_us = 100;
    max_delay_us = pick(1'000, 5'000, 30'000);
    loss_percent = static_cast<double>(pick(0, 0, 1, 5, 15, 30));
    duplicate_percent = static_cast<double>(pick(0, 1, 5, 20, 50));
    max_late_us = pick(10'000, 300'000, 2'000'000);
    corrupt_percent = random.chance(15) ? static_cast<double>(pick(0, 1, 3)) + 0.01 : 0;

    disk_us = pick(100, 1'000, 1'000, 10'000);

    clients = pick(1, 3, 5);
    think_us = pick(10'000, 40'000, 100'000);
    read_percent = static_cast<double>(pick(10, 30, 50));
    padding_bytes = pick(0, 20, 200);

    snapshot_entries = pick(5, 20, 100, 1'000'000);
    keep_entries = pick(0, 0, 3, 50);
    snapshot_padding_bytes = pick(0, 300, 2'000);

    fault_us = pick(100'000, 300'000, 1'000'000);
    fault_length_us = pick(100'000, 500'000, 2'000'000);
    for (auto* weight :
         {&weights.crash, &weights.crash_leader, &weights.crash_all, &weights.crash_at_vote,
          &weights.pause, &weights.pause_leader, &weights.split, &weights.isolate, &weights.one_way,
          &weights.ring, &weights.slow_disk, &weights.full_disk, &weights.failed_sync,
          &weights.clock, &weights.transfer, &weights.change, &weights.loss}) {
        *weight = static_cast<unsigned>(pick(0, 0, 1, 4));
    }
    if (random.chance(20)) weights.change = 12;
    if (random.chance(15)) {
        // Leaders that come and go before what they have is everywhere (figure 8).
        weights.crash_leader = weights.split = 12;
        config.max_append_entries = 1;
        config.max_inflight_messages = 1;
        loss_percent = 15;
        max_delay_us = 30'000;
        fault_us = 100'000;
        fault_length_us = 300'000;
        think_us = 10'000;
    }
}

}  // namespace gavel::simulation
