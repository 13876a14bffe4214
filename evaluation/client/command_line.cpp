#include "evaluation/client/command_line.h"

#include <charconv>
#include <utility>

namespace gavel::evaluation {
namespace {

template <class Number>
Number number_in(const std::string& name, const std::string& text, Number low, Number high) {
    Number value{};
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    // Written so that what is no number at all (nan) fails as well.
    if (read.ec == std::errc() && read.ptr == end && value >= low && value <= high) return value;
    throw CommandLine::Error(name + " takes a number from " + std::to_string(low) + " to " +
                             std::to_string(high) + ", not \"" + text + "\"");
}

}  // namespace

void CommandLine::flag(const std::string& name, bool& target) {
    options_[name] = {false, [&target](const std::string&) { target = true; }};
}

void CommandLine::text(const std::string& name, std::string& target) {
    options_[name] = {true, [&target](const std::string& value) { target = value; }};
}

void CommandLine::texts(const std::string& name, std::vector<std::string>& target) {
    options_[name] = {true, [&target](const std::string& value) { target.push_back(value); }};
}

void CommandLine::number(const std::string& name, double low, double high, double& target) {
    options_[name] = {true, [=, &target](const std::string& value) {
                          target = number_in(name, value, low, high);
                      }};
}

void CommandLine::number(const std::string& name, std::uint64_t low, std::uint64_t high,
                         std::uint64_t& target) {
    options_[name] = {true, [=, &target](const std::string& value) {
                          target = number_in(name, value, low, high);
                      }};
}

std::string CommandLine::parse(int argc, const char* const* argv) const {
    const std::vector<std::string> words(argv + 1, argv + argc);
    std::string argument;
    for (std::size_t place = 0; place < words.size(); ++place) {
        const std::string& word = words[place];
        if (!word.starts_with("--")) {
            if (!argument.empty())
                throw Error("one URL, not \"" + argument + "\" and \"" + word + "\"");
            argument = word;
            continue;
        }
        const auto option = options_.find(word);
        if (option == options_.end()) throw Error("there is no option " + word);
        if (!option->second.takes_value) {
            option->second.set("");
            continue;
        }
        if (++place == words.size()) throw Error(word + " needs a value");
        option->second.set(words[place]);
    }
    if (argument.empty()) throw Error("a URL is missing, such as http://127.0.0.1:8000");
    return argument;
}

}  // namespace gavel::evaluation
