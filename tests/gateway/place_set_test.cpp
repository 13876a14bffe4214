#include "services/gateway/place_set.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

namespace gavel::gateway {
namespace {

std::vector<std::size_t> all_of(const PlaceSet& set, std::size_t from = 0) {
    std::vector<std::size_t> places;
    while (const auto place = set.next(from)) {
        places.push_back(*place);
        from = *place + 1;
    }
    return places;
}

TEST_CASE("a set of places gives them in order, from any place on") {
    PlaceSet set;
    CHECK_FALSE(set.next(0));
    for (const std::size_t place : {64, 0, 63, 1'000, 65}) set.add(place);
    CHECK(all_of(set) == std::vector<std::size_t>{0, 63, 64, 65, 1'000});
    CHECK(all_of(set, 64) == std::vector<std::size_t>{64, 65, 1'000});
    CHECK(all_of(set, 66) == std::vector<std::size_t>{1'000});
    CHECK_FALSE(set.next(1'001));
    CHECK_FALSE(set.next(1'000'000));
    set.remove(64);
    set.remove(64);
    set.remove(5'000);
    CHECK(all_of(set) == std::vector<std::size_t>{0, 63, 65, 1'000});
}

TEST_CASE("a set of places is what a sorted set is") {
    PlaceSet set;
    std::set<std::size_t> expected;
    std::uint64_t random = 1;
    for (int i = 0; i < 2'000; ++i) {
        random = random * 6'364'136'223'846'793'005ULL + 1;
        const auto place = static_cast<std::size_t>(random >> 33) % 700;
        if (random >> 63 == 0) {
            set.add(place);
            expected.insert(place);
        } else {
            set.remove(place);
            expected.erase(place);
        }
        const auto found = set.next(place);
        const auto wanted = expected.lower_bound(place);
        REQUIRE(found.has_value() == (wanted != expected.end()));
        if (found) REQUIRE(*found == *wanted);
    }
}

}  // namespace
}  // namespace gavel::gateway
