// Reads a page of the feed in one pass over its text, whatever JSON it is. A view takes in every
// event of the system, so no document is built in between; a page in the auction service's own
// form does not even come here, but to the scanner.

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/feed/feed_event.h"
#include "common/feed/feed_page_scanner.h"
#include "common/json/json_text.h"

namespace gavel {
namespace {

enum class Field : std::uint8_t {
    log_id,
    index,
    head,
    events,  // of the page; `index` of an event, too
    n,
    type,
    auction_id,
    timestamp,
    name,
    description,
    starting_bid,
    duration_seconds,
    closing_time,
    bidder,
    amount,
    scheduled,
    automatic,
    closing,
    retracted_by,
    terms,
    moment,
    unknown,
};

constexpr std::array<std::string_view, 21> field_names{"log_id",
                                                       "index",
                                                       "head",
                                                       "events",
                                                       "n",
                                                       "type",
                                                       "auction_id",
                                                       "timestamp",
                                                       "name",
                                                       "description",
                                                       "starting_bid",
                                                       "duration_seconds",
                                                       "closing_time",
                                                       "bidder",
                                                       "amount",
                                                       "scheduled",
                                                       "automatic",
                                                       "closing",
                                                       "retracted_by",
                                                       "terms",
                                                       "moment"};

[[noreturn]] void refuse(const std::string& what) {
    throw std::runtime_error("feed: not a page: " + what);
}

Field field_of(std::string_view name) {
    for (std::size_t i = 0; i < field_names.size(); ++i) {
        if (field_names[i] == name) return static_cast<Field>(i);
    }
    return Field::unknown;
}

constexpr std::uint32_t bit(Field field) {
    return 1U << static_cast<unsigned>(field);
}

constexpr std::uint32_t page_fields = bit(Field::log_id) | bit(Field::index) | bit(Field::events);
constexpr std::uint32_t event_fields = bit(Field::index) | bit(Field::n) | bit(Field::type) |
                                       bit(Field::auction_id) | bit(Field::timestamp);
constexpr std::uint32_t created_fields = event_fields | bit(Field::name) | bit(Field::description) |
                                         bit(Field::starting_bid) | bit(Field::duration_seconds) |
                                         bit(Field::closing_time);
constexpr std::uint32_t other_fields = event_fields | bit(Field::bidder) | bit(Field::amount);

FeedEvent::Type type_of(std::string_view name) {
    if (name == "bid") return FeedEvent::Type::bid;
    if (name == "created") return FeedEvent::Type::created;
    if (name == "closed") return FeedEvent::Type::closed;
    if (name == "ended") return FeedEvent::Type::ended;
    if (name == "opened") return FeedEvent::Type::opened;
    if (name == "extended") return FeedEvent::Type::extended;
    if (name == "retracted") return FeedEvent::Type::retracted;
    refuse("unknown event type " + std::string(name));
}

FeedEvent::Closing closing_of(std::string_view name) {
    if (name == "bought") return FeedEvent::Closing::bought;
    if (name == "cancelled") return FeedEvent::Closing::cancelled;
    refuse("unknown closing " + std::string(name));
}

Money checked(const MoneyReading& reading) {
    if (reading.error) refuse("an amount is out of range");
    return reading.money;
}

// Seconds and microseconds apart: beyond 2^32 seconds their product as one double is not exact.
std::int64_t time_us_of(double time) {
    if (!(std::fabs(time) < static_cast<double>(feed_time_limit_seconds)))
        refuse("a time is out of range");
    const double seconds = std::floor(time);
    return static_cast<std::int64_t>(seconds) * 1'000'000 + std::llround((time - seconds) * 1e6);
}

// Writes an object again as it was read, but for spaces.
class ObjectText {
  public:
    void begin(char bracket) {
        separate();
        text_ += bracket;
        ++depth_;
    }
    void end(char bracket) {
        text_ += bracket;
        --depth_;
    }
    void key(std::string_view name) {
        separate();
        append_json_string(text_, name);
        text_ += ':';
    }
    bool text(std::string_view value) {
        separate();
        append_json_string(text_, value);
        return true;
    }
    // A number, true, false or null.
    bool word(std::string_view value) {
        separate();
        text_ += value;
        return true;
    }

    int depth() const { return depth_; }
    // Without the brackets around it.
    std::string take() {
        std::string members = text_.substr(1, text_.size() - 2);
        text_.clear();
        return members;
    }

  private:
    void separate() {
        if (text_.empty()) return;
        const char last = text_.back();
        if (last != '{' && last != '[' && last != ':') text_ += ',';
    }

    std::string text_;
    int depth_ = 0;
};

// nlohmann's SAX interface: one call for each thing in the text.
class PageReader final : public nlohmann::json_sax<nlohmann::json> {
  public:
    FeedPage take() { return std::move(page_); }

    bool start_object(std::size_t) override {
        if (place_ == Place::members || holds_members()) {
            if (place_ != Place::members) see(seen_in_event_);
            place_ = Place::members;
            members_.begin('{');
        } else if (skipped_depth_ > 0 || (has_fields() && field_ == Field::unknown)) {
            ++skipped_depth_;
        } else if (place_ == Place::outside) {
            place_ = Place::page;
        } else if (place_ == Place::list) {
            place_ = Place::event;
            event_ = FeedEvent();
            seen_in_event_ = 0;
        } else {
            refuse("an object stands where a value belongs");
        }
        return true;
    }

    bool end_object() override {
        if (place_ == Place::members) {
            members_.end('}');
            if (members_.depth() == 0) finish_members();
        } else if (skipped_depth_ > 0) {
            --skipped_depth_;
        } else if (place_ == Place::event) {
            finish_event();
        } else {
            if ((seen_in_page_ & page_fields) != page_fields) refuse("a field is missing");
            if ((seen_in_page_ & bit(Field::head)) == 0) page_.head = page_.index;
            place_ = Place::outside;
        }
        return true;
    }

    bool start_array(std::size_t) override {
        if (place_ == Place::members) {
            members_.begin('[');
        } else if (skipped_depth_ > 0 || (place_ == Place::page && field_ == Field::unknown) ||
                   (place_ == Place::event && field_ == Field::unknown)) {
            ++skipped_depth_;
        } else if (place_ == Place::page && field_ == Field::events) {
            see(seen_in_page_);
            place_ = Place::list;
        } else {
            refuse("a list stands where a value belongs");
        }
        return true;
    }

    bool end_array() override {
        if (place_ == Place::members) {
            members_.end(']');
        } else if (skipped_depth_ > 0) {
            --skipped_depth_;
        } else {
            place_ = Place::page;
            field_ = Field::unknown;
        }
        return true;
    }

    bool key(std::string& name) override {
        if (place_ == Place::members) {
            members_.key(name);
        } else if (skipped_depth_ == 0) {
            field_ = field_of(name);
        }
        return true;
    }

    bool string(std::string& text) override {
        if (place_ == Place::members) return members_.text(text);
        if (!wanted()) return true;
        if (place_ == Place::page && field_ == Field::log_id) {
            page_.log_id = std::move(text);
        } else if (place_ == Place::event && field_ == Field::type) {
            event_.type = type_of(text);
        } else if (place_ == Place::event && field_ == Field::name) {
            event_.name = std::move(text);
        } else if (place_ == Place::event && field_ == Field::description) {
            event_.description = std::move(text);
        } else if (place_ == Place::event && field_ == Field::bidder) {
            event_.bidder = std::move(text);
        } else if (place_ == Place::event && field_ == Field::closing) {
            event_.closing = closing_of(text);
        } else if (place_ == Place::event && field_ == Field::retracted_by) {
            event_.retracted_by = std::move(text);
        } else {
            refuse("text stands where it does not belong");
        }
        return seen();
    }

    bool number_unsigned(std::uint64_t value) override {
        if (place_ == Place::members) return members_.word(std::to_string(value));
        if (!wanted()) return true;
        if (place_ == Place::page) {
            if (field_ == Field::index) {
                page_.index = value;
            } else if (field_ == Field::head) {
                page_.head = value;
            } else {
                refuse("a number stands where it does not belong");
            }
            return seen();
        }
        switch (field_) {
            case Field::index: event_.index = value; break;
            case Field::auction_id: event_.auction_id = value; break;
            case Field::n:
                if (value > std::numeric_limits<std::uint32_t>::max()) refuse("n is too large");
                event_.n = static_cast<std::uint32_t>(value);
                break;
            default: return number_integer(signed_of(value));
        }
        return seen();
    }

    bool number_integer(std::int64_t value) override {
        if (place_ == Place::members) return members_.word(std::to_string(value));
        if (!wanted()) return true;
        switch (field_) {
            case Field::duration_seconds: event_.duration_seconds = value; break;
            case Field::amount: event_.amount = checked(money_from_integer(value)); break;
            case Field::starting_bid:
                event_.starting_bid = checked(money_from_integer(value));
                break;
            default: return number_of_time(static_cast<double>(value));
        }
        return seen();
    }

    bool number_float(double value, const std::string& written) override {
        if (place_ == Place::members) return members_.word(written);
        if (!wanted()) return true;
        switch (field_) {
            case Field::amount: event_.amount = checked(money_from_double(value)); break;
            case Field::starting_bid:
                event_.starting_bid = checked(money_from_double(value));
                break;
            default: return number_of_time(value);
        }
        return seen();
    }

    bool null() override {
        if (place_ == Place::members) return members_.word("null");
        if (!wanted()) return true;
        if (place_ != Place::event || field_ != Field::description) {
            refuse("null stands where a value belongs");
        }
        event_.description.reset();
        return seen();
    }

    bool boolean(bool value) override {
        if (place_ == Place::members) return members_.word(value ? "true" : "false");
        if (!wanted()) return true;
        if (place_ == Place::event && field_ == Field::scheduled) {
            event_.scheduled = value;
        } else if (place_ == Place::event && field_ == Field::automatic) {
            event_.automatic = value;
        } else {
            refuse("a truth value stands where it does not belong");
        }
        return seen();
    }

    bool binary(nlohmann::json::binary_t&) override { return false; }

    bool parse_error(std::size_t, const std::string&,
                     const nlohmann::json::exception& error) override {
        refuse(error.what());
    }

  private:
    // members: inside an object that is kept as text.
    enum class Place : std::uint8_t { outside, page, list, event, members };

    bool holds_members() const {
        return skipped_depth_ == 0 && place_ == Place::event &&
               (field_ == Field::terms || field_ == Field::moment);
    }

    // Of the last field of an event nothing is known of the next event.
    bool has_fields() const { return place_ == Place::page || place_ == Place::event; }

    void finish_members() {
        (field_ == Field::terms ? event_.terms : event_.moment) = members_.take();
        place_ = Place::event;
        field_ = Field::unknown;
    }

    // False for values below or at a field that this version does not know.
    bool wanted() const {
        if (place_ == Place::outside || place_ == Place::list) {
            if (skipped_depth_ == 0) refuse("a value stands where an object belongs");
        }
        return skipped_depth_ == 0 && field_ != Field::unknown;
    }

    bool seen() {
        see(place_ == Place::page ? seen_in_page_ : seen_in_event_);
        return true;
    }
    void see(std::uint32_t& fields) const { fields |= bit(field_); }

    bool number_of_time(double value) {
        if (place_ == Place::event && field_ == Field::timestamp) {
            event_.time_us = time_us_of(value);
        } else if (place_ == Place::event && field_ == Field::closing_time) {
            event_.closing_time_us = time_us_of(value);
        } else {
            refuse("a number stands where it does not belong");
        }
        return seen();
    }

    static std::int64_t signed_of(std::uint64_t value) {
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            refuse("a number is too large");
        }
        return static_cast<std::int64_t>(value);
    }

    void finish_event() {
        const std::uint32_t needed =
            event_.type == FeedEvent::Type::created ? created_fields : other_fields;
        if ((seen_in_event_ & bit(Field::type)) == 0 || (seen_in_event_ & needed) != needed) {
            refuse("an event lacks a field");
        }
        page_.events.push_back(std::move(event_));
        place_ = Place::list;
    }

    FeedPage page_;
    FeedEvent event_;
    ObjectText members_;
    Place place_ = Place::outside;
    Field field_ = Field::unknown;
    int skipped_depth_ = 0;  // inside a value that this version does not know
    std::uint32_t seen_in_page_ = 0;
    std::uint32_t seen_in_event_ = 0;
};

}  // namespace

FeedPage parse_feed_page(const std::string& text) {
    if (auto page = scan_feed_page(text)) return std::move(*page);
    PageReader reader;
    nlohmann::json::sax_parse(text, &reader);
    return reader.take();
}

}  // namespace gavel
