#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consensus/raft/types.h"

namespace gavel::raft {

struct Member {
    NodeId id = no_node;
    bool is_voter = false;  // a learner receives the log and counts in no majority (thesis 4.2.1)
    std::string address;    // the core carries it and never looks at it

    friend bool operator==(const Member&, const Member&) = default;
};

// One step from a membership to the next. One server at a time: then every majority of the old
// overlaps every majority of the new, and no joint phase is needed (thesis 4.1).
struct MembershipChange {
    enum class Kind : std::uint8_t { add_learner, promote, remove };
    Kind kind = Kind::add_learner;
    NodeId id = no_node;
    std::string address;  // of a server that is added
};

// Who belongs to the cluster. A value; the log holds one in each membership entry.
class Membership {
  public:
    Membership() = default;
    // Voters only, as a cluster begins.
    static Membership of_voters(const std::vector<NodeId>& ids);
    static Membership of(std::vector<Member> members);

    const std::vector<Member>& members() const { return members_; }
    const Member* find(NodeId id) const;
    bool is_voter(NodeId id) const;
    std::vector<NodeId> voters() const;
    bool empty() const { return members_.empty(); }
    // The highest id that ever was a member: a new one must be above it.
    NodeId highest_id() const { return highest_id_; }

    // The membership after the change; nothing, with `why`, when it cannot be made.
    std::optional<Membership> after(const MembershipChange& change, std::string& why) const;

    std::string encode() const;
    // Throws MalformedRecord.
    static Membership decode(std::string_view bytes);

    friend bool operator==(const Membership&, const Membership&) = default;

  private:
    std::vector<Member> members_;  // by id
    NodeId highest_id_ = no_node;
};

}  // namespace gavel::raft
