#include "consensus/raft/membership.h"

#include <algorithm>

#include "consensus/raft/limits.h"
#include "consensus/raft/wire.h"

namespace gavel::raft {

Membership Membership::of_voters(const std::vector<NodeId>& ids) {
    std::vector<Member> members;
    for (const auto id : ids) members.push_back({id, true, ""});
    return of(std::move(members));
}

Membership Membership::of(std::vector<Member> members) {
    Membership made;
    std::sort(members.begin(), members.end(),
              [](const Member& a, const Member& b) { return a.id < b.id; });
    made.members_ = std::move(members);
    if (!made.members_.empty()) made.highest_id_ = made.members_.back().id;
    return made;
}

const Member* Membership::find(NodeId id) const {
    const auto found = std::find_if(members_.begin(), members_.end(),
                                    [id](const Member& member) { return member.id == id; });
    return found == members_.end() ? nullptr : &*found;
}

bool Membership::is_voter(NodeId id) const {
    const auto* member = find(id);
    return member != nullptr && member->is_voter;
}

std::vector<NodeId> Membership::voters() const {
    std::vector<NodeId> ids;
    for (const auto& member : members_) {
        if (member.is_voter) ids.push_back(member.id);
    }
    return ids;
}

std::optional<Membership> Membership::after(const MembershipChange& change,
                                            std::string& why) const {
    using Kind = MembershipChange::Kind;
    auto changed = *this;
    const auto refuse = [&why](const char* reason) {
        why = reason;
        return std::nullopt;
    };
    if (change.kind == Kind::add_learner) {
        if (change.id == no_node) return refuse("0 is no server's id");
        if (find(change.id) != nullptr) return refuse("the server is a member already");
        if (change.id <= highest_id_) return refuse("the id was used before");
        if (members_.size() >= limits::max_members)
            return refuse("the cluster has too many members");
        if (change.address.size() > limits::max_address_bytes) {
            return refuse("the address is too long");
        }
        changed.members_.push_back({change.id, false, change.address});
        changed.highest_id_ = change.id;
        return changed;
    }
    const auto found =
        std::find_if(changed.members_.begin(), changed.members_.end(),
                     [&change](const Member& member) { return member.id == change.id; });
    if (found == changed.members_.end()) return refuse("the server is not a member");
    if (change.kind == Kind::promote) {
        if (found->is_voter) return refuse("the server votes already");
        found->is_voter = true;
        return changed;
    }
    if (found->is_voter && voters().size() == 1) return refuse("the last voter cannot be removed");
    changed.members_.erase(found);
    return changed;
}

std::string Membership::encode() const {
    WireWriter out;
    out.u64(highest_id_);
    out.u32(static_cast<std::uint32_t>(members_.size()));
    for (const auto& member : members_) {
        out.u64(member.id);
        out.flag(member.is_voter);
        out.text(member.address);
    }
    return out.take();
}

Membership Membership::decode(std::string_view bytes) {
    WireReader in(bytes);
    Membership decoded;
    decoded.highest_id_ = in.u64();
    const auto count = in.count(13, limits::max_members);
    for (std::size_t i = 0; i < count; ++i) {
        Member member;
        member.id = in.u64();
        member.is_voter = in.flag();
        member.address = std::string(in.text(limits::max_address_bytes));
        const auto before = decoded.members_.empty() ? no_node : decoded.members_.back().id;
        if (member.id <= before) throw MalformedRecord("members are not in order of their ids");
        if (member.id > decoded.highest_id_) throw MalformedRecord("a member's id is too high");
        decoded.members_.push_back(std::move(member));
    }
    in.expect_end();
    return decoded;
}

}  // namespace gavel::raft
