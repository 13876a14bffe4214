#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace gavel::fuzz {

// What must hold whatever the input is. Ends the process otherwise; libFuzzer then keeps the input.
inline void require(bool holds, const std::string& rule) {
    if (holds) return;
    std::fprintf(stderr, "RULE BROKEN: %s\n", rule.c_str());
    std::abort();
}

}  // namespace gavel::fuzz
