// Plays the scripts of testdata/ and compares what happens with what they say. With
// GAVEL_REWRITE_TRANSCRIPTS set, writes down what happens instead; then read the difference.
//
// A script is made of commands, each after "> ", followed by what it prints, and comments (#).

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/raft/cluster.h"
#include "tests/simulation/describe.h"

namespace gavel::raft {
namespace {

using simulation::describe;
using testing::Cluster;

class Player {
  public:
    std::string play(const std::string& line) {
        std::istringstream in(line);
        std::string verb;
        in >> verb;
        NodeId id = 0;
        if (verb == "servers") {
            std::size_t count = 0;
            in >> count;
            cluster_ = std::make_unique<Cluster>(count);
            cluster_->lost = [this](const Message& message) {
                const bool lost = cut_.count(message.to) + cut_.count(message.from) > 0;
                out_ += "  " + describe(message) + (lost ? "  (lost)" : "") + "\n";
                return lost;
            };
            count_ = count;
        } else if (verb == "campaign") {
            in >> id;
            (*cluster_)[id].campaign();
            cluster_->pump(id);
        } else if (verb == "timeout") {
            in >> id;
            cluster_->tick(id, 30);
        } else if (verb == "tick") {
            int times = 1;
            in >> id >> times;
            cluster_->tick(id, times);
        } else if (verb == "propose") {
            std::string command;
            in >> id >> command;
            const auto proposed = cluster_->propose(id, command);
            if (proposed.refusal != Refusal::none) return "  refused: " + proposed.why + "\n";
            cluster_->pump(id);
        } else if (verb == "cut") {
            in >> id;
            cut_.insert(id);
        } else if (verb == "heal") {
            cut_.clear();
        } else if (verb == "restart") {
            in >> id;
            cluster_->restart(id);
        } else if (verb == "transfer") {
            in >> id;
            NodeId target = 0;
            in >> target;
            (*cluster_)[id].transfer_leadership(target);
            cluster_->pump(id);
        } else if (verb == "deliver") {
            cluster_->settle();
        } else if (verb == "status") {
            for (id = 1; id <= count_; ++id) {
                const auto& core = (*cluster_)[id];
                out_ += "  server " + std::to_string(id) + ": " + name_of(core.role()) +
                        " term=" + std::to_string(core.term()) +
                        " leader=" + std::to_string(core.leader()) +
                        " commit=" + std::to_string(core.commit_index()) +
                        " last=" + describe(core.log().last()) + "\n";
            }
        } else {
            return "  unknown command\n";
        }
        return std::exchange(out_, {});
    }

  private:
    std::unique_ptr<Cluster> cluster_;
    std::set<NodeId> cut_;
    std::size_t count_ = 0;
    std::string out_;
};

std::string played(const std::string& text) {
    Player player;
    std::istringstream in(text);
    std::string line;
    std::string result;
    while (std::getline(in, line)) {
        if (line.empty() || line[0] == '#') result += line + "\n";
        if (line.rfind("> ", 0) == 0) result += line + "\n" + player.play(line.substr(2));
    }
    return result;
}

TEST_CASE("elections go as their transcripts say") {
    std::size_t scripts = 0;
    for (const auto& file : std::filesystem::directory_iterator(RAFT_TESTDATA)) {
        if (file.path().extension() != ".txt") continue;
        ++scripts;
        CAPTURE(file.path().string());
        std::ostringstream expected;
        expected << std::ifstream(file.path()).rdbuf();
        const auto actual = played(expected.str());
        if (std::getenv("GAVEL_REWRITE_TRANSCRIPTS") != nullptr) {
            std::ofstream(file.path()) << actual;
        } else {
            CHECK(actual == expected.str());
        }
    }
    CHECK(scripts > 0);
}

}  // namespace
}  // namespace gavel::raft
