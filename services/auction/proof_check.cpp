#include "services/auction/proof_check.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "common/contract/input.h"
#include "common/crypto/sha256.h"
#include "common/http/http_error.h"
#include "common/json/json_text.h"
#include "common/limits.h"
#include "services/auction/acts.h"
#include "services/auction/create_request.h"
#include "services/auction/house_rules.h"
#include "services/auction/proof.h"
#include "services/auction/rules/limits.h"
#include "services/auction/utc_day.h"

namespace gavel::auction {
namespace {

using nlohmann::json;
using Fault = ProofVerdict::Fault;

// Ends the check: what comes after could not be trusted.
struct Stop {
    Fault fault;
};

struct Line {
    std::string_view text;
    json object;
    std::string hash;
    std::uint64_t n = 0;
    std::uint64_t index = 0;
    std::int64_t time_us = 0;
};

// What one line commits to: which act, which field, which of its offers.
using Place = std::tuple<std::uint64_t, std::string, std::uint64_t>;

std::string text_in(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::uint64_t number_in(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back(text.substr(0, end));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return lines;
}

json object_in(std::string_view text, std::size_t line_number) {
    auto object = json::parse(text, nullptr, false);
    if (object.is_object()) return object;
    throw Stop{{0, 0, "line " + std::to_string(line_number) + " of the file is no JSON object"}};
}

// As a commitment is made to it.
std::string canonical(const json& value) {
    std::string out;
    if (value.is_string()) {
        append_json_string(out, value.get_ref<const std::string&>());
    } else {
        append_json_money(out, contract::read_money(value, "value"));
    }
    return out;
}

// ---- The chain ---------------------------------------------------------------------------------

class Chain {
  public:
    explicit Chain(std::string_view text) {
        const auto lines = lines_of(text);
        if (lines.empty()) throw Stop{{0, 0, "the file is empty"}};
        header_ = object_in(lines[0], 1);
        if (text_in(header_, "gavel") != "proof" || number_in(header_, "version") != 1) {
            throw Stop{{0, 0, "the file is no proof of version 1"}};
        }
        const std::string as_written =
            proof_header(text_in(header_, "log_id"), text_in(header_, "auction_id"),
                         number_in(header_, "acts"), text_in(header_, "head"));
        if (lines[0] != as_written) throw Stop{{0, 0, "its first line was altered"}};
        for (std::size_t i = 1; i < lines.size(); ++i) read(lines[i], i + 1);
    }

    const json& header() const { return header_; }
    const std::vector<Line>& acts() const { return acts_; }

    // The first place at which a line does not fit the one before it.
    std::optional<Fault> fault() const {
        std::string before(64, '0');
        std::uint64_t n = 0;
        for (const auto& act : acts_) {
            if (auto fault = misplaced(act, n + 1)) return fault;
            if (text_in(act.object, "before") != before) return altered(act);
            if (act.index <= last_index(n) || act.time_us < last_time_us(n)) {
                return Fault{act.n, act.index, "its index or time is not above the one before it"};
            }
            if (act.time_us > limits::max_opens_at_us) {
                return Fault{act.n, act.index, "its time is none that a platform can have"};
            }
            before = act.hash;
            ++n;
        }
        if (n == 0) return Fault{0, 0, "it has no acts at all"};
        if (n != number_in(header_, "acts")) {
            return Fault{n + 1, 0,
                         "act " + std::to_string(n + 1) +
                             " and what follows was dropped: there "
                             "are to be " +
                             std::to_string(number_in(header_, "acts"))};
        }
        if (before != text_in(header_, "head")) {
            return Fault{n, acts_.back().index,
                         "act " + std::to_string(n) +
                             " was altered: it is not the one that the "
                             "head stands for"};
        }
        return std::nullopt;
    }

    // What was opened of the act; null when it was not.
    const json* opened(std::uint64_t n, const std::string& field, std::uint64_t offer) const {
        const auto found = openings_.find({n, field, offer});
        return found == openings_.end() ? nullptr : &found->second.at("value");
    }

    // Opened is only what was committed to.
    std::optional<Fault> false_opening() {
        for (const auto& [place, opening] : openings_) {
            const auto& [n, field, offer] = place;
            if (n == 0 || n > acts_.size()) return Fault{n, 0, "it opens an act that is not there"};
            const Line& act = acts_[n - 1];
            if (!fits(act.object, field, offer, opening)) {
                return Fault{n, act.index,
                             "the opened " + field + " is not what the act has committed to"};
            }
        }
        return std::nullopt;
    }

  private:
    void read(std::string_view text, std::size_t line_number) {
        json object = object_in(text, line_number);
        if (const auto opens = number_in(object, "opens"); opens != 0) {
            const Place place{opens, text_in(object, "field"), number_in(object, "offer")};
            if (!object.contains("value") || openings_.contains(place)) {
                throw Stop{{opens, 0, "it is opened twice, or to nothing"}};
            }
            const std::string as_written =
                opening_line(opens, std::get<1>(place), std::get<2>(place), text_in(object, "salt"),
                             canonical(object.at("value")));
            if (text != as_written) throw Stop{{opens, 0, "what is opened of it was altered"}};
            openings_.emplace(place, std::move(object));
            return;
        }
        Line line;
        line.text = text;
        line.hash = to_hex(bytes_of(sha256_of({text})));
        line.n = number_in(object, "n");
        line.index = number_in(object, "index");
        line.time_us = static_cast<std::int64_t>(number_in(object, "time_us"));
        line.object = std::move(object);
        acts_.push_back(std::move(line));
    }

    // The acts are counted, so one that is missing or at another place is told apart from one that
    // was altered.
    std::optional<Fault> misplaced(const Line& act, std::uint64_t wanted) const {
        if (act.n == wanted) return std::nullopt;
        const bool comes_later = std::any_of(acts_.begin(), acts_.end(),
                                             [&](const Line& other) { return other.n == wanted; });
        const std::string name = "act " + std::to_string(wanted);
        if (comes_later) {
            return Fault{wanted, act.index,
                         name + " was moved: act " + std::to_string(act.n) + ", of index " +
                             std::to_string(act.index) + ", stands in its place"};
        }
        return Fault{wanted, 0,
                     name + " was dropped, after index " + std::to_string(last_index(wanted - 1))};
    }

    // The line before is not what this one was written behind, or this one was rewritten: which of
    // them, only a receipt can tell.
    Fault altered(const Line& act) const {
        if (act.n == 1) return {1, act.index, "act 1 was altered: nothing stands before it"};
        return {act.n - 1, last_index(act.n - 1),
                "act " + std::to_string(act.n - 1) + " was altered, or what act " +
                    std::to_string(act.n) + " says of it"};
    }

    bool fits(const json& act, const std::string& field, std::uint64_t offer,
              const json& opening) const {
        const json* object = &act;
        if (act.contains("offers")) {
            const auto& offers = act.at("offers");
            if (!offers.is_array() || offer >= offers.size()) return false;
            object = &offers[offer];
        }
        const auto found = object->find(field);
        if (found == object->end() || !found->is_object()) return false;
        const auto salt = from_hex(text_in(opening, "salt"));
        if (!salt) return false;
        const std::string value = canonical(opening.at("value"));
        return text_in(*found, "commitment") == to_hex(bytes_of(commitment_to(value, *salt)));
    }

    std::uint64_t last_index(std::uint64_t n) const { return n == 0 ? 0 : acts_[n - 1].index; }
    std::int64_t last_time_us(std::uint64_t n) const { return n == 0 ? 0 : acts_[n - 1].time_us; }

    json header_;
    std::vector<Line> acts_;
    std::map<Place, json> openings_;
};

// ---- The rules ---------------------------------------------------------------------------------

// Replays the acts in a book of its own, where the rules are those of every book.
class Replay {
  public:
    explicit Replay(const Chain& chain) : chain_(chain) {}

    void run(std::vector<std::string>& notes) {
        for (const auto& act : chain_.acts()) follow(act);
        if (assumed_ > 0) {
            notes.push_back(std::to_string(assumed_) +
                            (assumed_ == 1 ? " amount stays" : " amounts stay") +
                            " secret, since no price has reached it; every price is the one that "
                            "the rules give whatever is above it");
        }
    }

  private:
    [[noreturn]] static void contradict(const Line& act, const std::string& what) {
        throw Stop{{act.n, act.index, "act " + std::to_string(act.n) + ": " + what}};
    }

    void follow(const Line& act) {
        try {
            apply(act);
            compare(act);
        } catch (const HTTPError& refusal) {
            contradict(act, refusal.what());
        } catch (const json::exception&) {
            contradict(act, "it lacks a field, or has one of another kind");
        }
    }

    void apply(const Line& act) {
        const std::string kind = text_in(act.object, "act");
        if ((kind == "create") != (act.n == 1)) contradict(act, "a create stands first, and alone");
        if (kind == "create") {
            create(act);
        } else if (kind == "bid") {
            bid(act);
        } else if (kind == "bids") {
            bids(act);
        } else if (kind == "buy_now") {
            expect_accepted(act, BuyNow{id_, contract::read_bidder(act.object)});
        } else if (kind == "retract") {
            expect_accepted(act, RetractBids{id_, contract::read_bidder(act.object)});
        } else if (kind == "cancel") {
            expect_accepted(act, CancelAuction{id_});
        } else if (kind == "expire") {
            expect_accepted(act, ExpireAuction{id_});
        } else if (kind == "close") {
            close(act);
        } else {
            contradict(act, "\"" + kind + "\" is no act that this version knows");
        }
        last_time_us_ = act.time_us;
    }

    // As the two steps of a transaction: it may have been decided to create it before the time that
    // it has.
    void create(const Line& act) {
        json request = act.object;
        if (const auto reserve = request.find("reserve"); reserve != request.end()) {
            const json* opened = chain_.opened(1, "reserve", 0);
            if (opened == nullptr) contradict(act, "its reserve is not opened");
            *reserve = *opened;
        }
        id_ = commit(act, read_create(request), 1).auction_id;
    }

    // The same for a close: what froze an auction in time closes it, however late it is.
    void close(const Line& act) {
        const Auction& auction = *book_.find(id_);
        const bool late = auction.closing_time_us != 0 && act.time_us >= auction.closing_time_us;
        if (late && text_in(act.object, "status") == "CLOSED") {
            commit(act, CloseAuction{id_}, last_time_us_);
        } else {
            expect_accepted(act, CloseAuction{id_});
        }
    }

    template <class Action>
    Outcome commit(const Line& act, Action action, std::int64_t began_us) {
        PrepareTransaction prepare{std::to_string(act.n), began_us, "", std::move(action)};
        apply_at(began_us, std::move(prepare));
        Outcome outcome = apply_at(act.time_us, CommitTransaction{std::to_string(act.n)});
        if (outcome.code != OutcomeCode::accepted) contradict(act, "the rules refuse it");
        return outcome;
    }

    void bid(const Line& act) {
        const PlaceBids::Offer offer = read_offer(act, act.object, 0);
        expect_accepted(act, PlaceBid{id_, offer.bidder, offer.amount, offer.is_maximum});
    }

    void bids(const Line& act) {
        PlaceBids bids{id_, {}};
        const auto& offers = act.object.at("offers");
        for (std::size_t i = 0; i < offers.size(); ++i) {
            bids.offers.push_back(read_offer(act, offers[i], i));
        }
        const Outcome outcome = apply_at(act.time_us, bids);
        const bool all = std::all_of(outcome.bids.begin(), outcome.bids.end(), [](const auto& bid) {
            return bid.code == OutcomeCode::accepted;
        });
        if (outcome.bids.empty() || !all) contradict(act, "the rules refuse a bid of it");
    }

    PlaceBids::Offer read_offer(const Line& act, const json& object, std::uint64_t number) {
        json read = object;
        for (const char* field : {"bidder", "amount", "max_amount"}) {
            const auto found = read.find(field);
            if (found == read.end() || !found->is_object()) continue;
            if (const json* opened = chain_.opened(act.n, field, number)) {
                *found = *opened;
            } else if (std::string(field) == "bidder") {
                contradict(act, "its bidder is not opened");
            } else {
                *found = json::parse(format_decimal(assumed_amount(act)));
                ++assumed_;
            }
        }
        const auto bid = contract::read_bid(read);
        return {bid.bidder, bid.amount, bid.is_maximum};
    }

    // For one that no price has reached. It did not buy where that much buys, and did not lift the
    // price to a reserve that the price is below.
    Money assumed_amount(const Line& act) const {
        const Auction& auction = *book_.find(id_);
        Money amount{limits::max_money_units};
        if (auction.proceedings == nullptr) return amount;
        const AuctionTerms& terms = auction.proceedings->terms;
        const bool bought = text_in(act.object, "status") == "BOUGHT";
        const auto stay_below = [&](Money bound) {
            amount.units = std::min(amount.units, bound.units - terms.smallest_units());
        };
        if (terms.format != Format::english || bought) return whole(amount, terms);
        if (terms.buy_now_price && terms.buy_now_policy == BuyNowPolicy::always) {
            stay_below(*terms.buy_now_price);
        }
        const json price = act.object.value("price", json());
        if (terms.reserve && price.is_number() &&
            contract::read_money(price, "price") < *terms.reserve) {
            stay_below(*terms.reserve);
        }
        return whole(amount, terms);
    }

    static Money whole(Money amount, const AuctionTerms& terms) {
        amount.units -= amount.units % terms.smallest_units();
        return amount;
    }

    void expect_accepted(const Line& act, Action action) {
        if (apply_at(act.time_us, std::move(action)).code != OutcomeCode::accepted) {
            contradict(act, "the rules refuse it");
        }
    }

    Outcome apply_at(std::int64_t time_us, Action action) {
        Command command{
            .stamp_us = time_us, .idempotency = std::nullopt, .action = std::move(action)};
        return book_.apply(command, book_.last_index() + 1).outcome;
    }

    // What the act says of itself is what the rules make of it.
    void compare(const Line& act) const {
        const Auction& auction = *book_.find(id_);
        const json& said = act.object;
        const bool over = contract::is_over(auction.status);
        if (over != said.contains("status")) contradict(act, "by the rules it does not end there");
        if (over && text_in(said, "status") != name_of(auction.status)) {
            contradict(act, std::string("by the rules it is ") + name_of(auction.status));
        }
        if (said.contains("leader")) expect_text(act, "leader", auction.highest_bidder());
        std::string winner = auction.highest_bidder();
        Money price = auction.current_bid();
        if (over && auction.proceedings != nullptr) {
            const AuctionResult result = result_of(auction);
            expect_text(act, "outcome", to_string(result.kind));
            winner = result.winner;
            price = result.price;
        }
        if (said.contains("winner")) expect_text(act, "winner", winner);
        if (said.contains("price") && contract::read_money(said.at("price"), "price") != price) {
            contradict(act, "by the rules the price is " + format_decimal(price));
        }
        if (said.contains("closing_time_us") &&
            said.at("closing_time_us") != auction.closing_time_us) {
            contradict(act, "by the rules it ends at " + std::to_string(auction.closing_time_us));
        }
    }

    static void expect_text(const Line& act, const char* field, const std::string& by_rules) {
        if (text_in(act.object, field) == by_rules) return;
        contradict(act, std::string("by the rules the ") + field + " is \"" + by_rules + "\"");
    }

    const Chain& chain_;
    AuctionBook book_;
    AuctionId id_ = 0;
    std::int64_t last_time_us_ = 1;
    std::size_t assumed_ = 0;
};

// ---- Heads -------------------------------------------------------------------------------------

// What heads_of() or a day's heads say, read from their file.
struct Heads {
    json header;
    std::optional<std::int64_t> day;  // none: they are those of all auctions at one moment
    std::uint64_t index = 0;          // of the log
    std::optional<json> head;         // the auction's

    // Whatever was done by then is in them.
    bool cover(const Line& act) const {
        return act.index <= index || (day && utc_day_of(act.time_us) <= *day);
    }
};

Heads read_heads(std::string_view text, const std::string& auction_id) {
    const auto lines = lines_of(text);
    if (lines.empty()) throw Stop{{0, 0, "the file of heads is empty"}};
    Heads heads;
    heads.header = object_in(lines[0], 1);
    if (text_in(heads.header, "gavel") != "heads") throw Stop{{0, 0, "the heads are no heads"}};
    const std::uint64_t version = number_in(heads.header, "version");
    if (version == 2) heads.day = parse_utc_day(text_in(heads.header, "day"));
    if (version != 1 && !heads.day) throw Stop{{0, 0, "the heads are of no version known here"}};
    heads.index = number_in(heads.header, "index");
    for (std::size_t i = 1; i < lines.size(); ++i) {
        json head = object_in(lines[i], i + 1);
        if (text_in(head, "auction_id") == auction_id) heads.head = std::move(head);
    }
    if (lines.size() - 1 != number_in(heads.header, "auctions")) {
        throw Stop{{0, 0, "the heads are not as many as they say"}};
    }
    return heads;
}

// Nobody was told of its bids by then.
bool hid_its_bids(const Chain& chain, const Heads& heads) {
    const std::string format = text_in(chain.acts().front().object, "format");
    if (format != to_string(Format::sealed_first_price) && format != to_string(Format::vickrey)) {
        return false;
    }
    const Line& last = chain.acts().back();
    return !last.object.contains("status") || !heads.cover(last);
}

// The heads of a day name each auction to which something was done on it.
void check_unnamed(const Chain& chain, const Heads& heads, ProofVerdict& verdict) {
    if (!heads.day) throw Stop{{0, 0, "the heads do not know this auction"}};
    const std::string day = utc_day_text(*heads.day);
    const auto& acts = chain.acts();
    const auto found = std::find_if(acts.begin(), acts.end(), [&](const Line& act) {
        return utc_day_of(act.time_us) == *heads.day;
    });
    if (found == acts.end()) {
        verdict.notes.push_back("nothing was done to it on " + day + ", so these heads are silent");
    } else if (hid_its_bids(chain, heads)) {
        verdict.notes.push_back("its bids were hidden on " + day +
                                ", so the heads of the day that ends it are those to check");
    } else {
        throw Stop{{found->n, found->index,
                    "act " + std::to_string(found->n) + " is of " + day +
                        ", whose published heads do not know it"}};
    }
}

void check_head(const Chain& chain, const Heads& heads, ProofVerdict& verdict) {
    const std::uint64_t acts = number_in(*heads.head, "acts");
    if (acts == 0 || acts > chain.acts().size()) {
        throw Stop{
            {acts, 0, "the heads know act " + std::to_string(acts) + ", which is missing here"}};
    }
    const Line& act = chain.acts()[acts - 1];
    if (act.hash != text_in(*heads.head, "head")) {
        throw Stop{{acts, act.index,
                    "act " + std::to_string(acts) +
                        ", or one before it, is another than the published heads say"}};
    }
    if (acts < chain.acts().size() && heads.cover(chain.acts()[acts])) {
        throw Stop{{acts + 1, chain.acts()[acts].index,
                    "act " + std::to_string(acts + 1) + " is not in the published heads"}};
    }
    verdict.notes.push_back("the heads stand for its acts up to " + std::to_string(acts));
}

void check_heads(const Chain& chain, std::string_view text, ProofVerdict& verdict) {
    const Heads heads = read_heads(text, verdict.auction_id);
    // Those of a day are the same in every copy of a log, whatever it is called.
    if (!heads.day && text_in(heads.header, "log_id") != text_in(chain.header(), "log_id")) {
        throw Stop{{0, 0, "the heads are those of another log"}};
    }
    verdict.notes.push_back("the heads are those whose SHA-256 is " +
                            to_hex(bytes_of(sha256_of({text}))));
    if (heads.head) {
        check_head(chain, heads, verdict);
    } else {
        check_unnamed(chain, heads, verdict);
    }
}

bool was_cancelled(const Chain& chain) {
    return text_in(chain.acts().back().object, "status") == "CANCELLED";
}

bool is_over(const Chain& chain) {
    return chain.acts().back().object.contains("status");
}

bool keeps_secrets(const Chain& chain) {
    return std::any_of(chain.acts().begin(), chain.acts().end(), [](const Line& act) {
        return act.text.find(R"({"commitment":)") != std::string_view::npos;
    });
}

void check(std::string_view proof, const std::optional<std::string_view>& heads,
           ProofVerdict& verdict) {
    Chain chain(proof);
    verdict.auction_id = text_in(chain.header(), "auction_id");
    verdict.head = text_in(chain.header(), "head");
    if (auto fault = chain.fault()) throw Stop{*fault};
    const Line& first = chain.acts().front();
    if (text_in(first.object, "auction_id") != verdict.auction_id) {
        throw Stop{{1, first.index, "it is the proof of another auction"}};
    }
    if (auto fault = chain.false_opening()) throw Stop{*fault};
    verdict.notes.emplace_back("the chain holds: " + std::to_string(chain.acts().size()) +
                               " acts, none altered, dropped or moved");
    if (heads) check_heads(chain, *heads, verdict);
    if (was_cancelled(chain)) {
        verdict.notes.emplace_back("it was cancelled, so nothing is opened and nobody has won");
    } else if (!is_over(chain) && keeps_secrets(chain)) {
        verdict.notes.emplace_back(
            "it is not over, and keeps secrets until then: its prices cannot be computed yet");
    } else {
        Replay(chain).run(verdict.notes);
        verdict.notes.emplace_back(is_over(chain) ? "the rules give this winner and this price"
                                                  : "the rules give these prices; it is not over");
    }
}

}  // namespace

ProofVerdict check_proof(std::string_view proof, const std::optional<std::string_view>& heads) {
    ProofVerdict verdict;
    try {
        check(proof, heads, verdict);
    } catch (const Stop& stop) {
        verdict.faults.push_back(stop.fault);
    } catch (const HTTPError& refusal) {
        verdict.faults.push_back({0, 0, refusal.what()});
    }
    return verdict;
}

}  // namespace gavel::auction
