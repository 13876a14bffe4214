#include "common/append_only/append_list.h"

#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace gavel {
namespace {

TEST_CASE("a list has what was appended, in order, whatever its length") {
    AppendList<std::string> list;
    std::vector<std::string> expected;
    CHECK(list.empty());
    CHECK(list.begin() == list.end());
    for (int n = 0; n < 1'000; ++n) {
        list.push_back(std::to_string(n));
        expected.push_back(std::to_string(n));
        REQUIRE(list.size() == expected.size());
        REQUIRE(list.back() == expected.back());
        REQUIRE(list[n / 2] == expected[n / 2]);
    }
    CHECK(std::vector<std::string>(list.begin(), list.end()) == expected);
    CHECK(list.at(999) == "999");
    CHECK_THROWS_AS(static_cast<void>(list.at(1'000)), std::out_of_range);
}

TEST_CASE("growing moves no element") {
    AppendList<int> list;
    std::vector<const int*> places;
    for (int n = 0; n < 5'000; ++n) {
        list.push_back(n);
        places.push_back(&list.back());
    }
    for (int n = 0; n < 5'000; ++n) REQUIRE(&list[n] == places[n]);
}

TEST_CASE("a copy is equal, and each goes on alone") {
    AppendList<int> one;
    for (int n = 0; n < 5; ++n) one.push_back(n);
    AppendList<int> other = one;
    CHECK(one == other);
    for (int n = 5; n < 20; ++n) other.push_back(n);
    CHECK_FALSE(one == other);
    CHECK(one.size() == 5);
    for (int n = 5; n < 20; ++n) one.push_back(n);
    CHECK(one == other);
}

TEST_CASE("a list holds what can only be moved") {
    AppendList<std::unique_ptr<int>> list;
    for (int n = 0; n < 10; ++n) list.push_back(std::make_unique<int>(n));
    CHECK(*list[7] == 7);
}

}  // namespace
}  // namespace gavel
