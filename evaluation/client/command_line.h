#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace gavel::evaluation {

// Options of the form `--name value` and `--name`, in any order, beside one argument without a
// dash. Whoever registers them owns what they set.
class CommandLine {
  public:
    // What is wrong, in a sentence.
    class Error : public std::runtime_error {
      public:
        using std::runtime_error::runtime_error;
    };

    void flag(const std::string& name, bool& target);
    void text(const std::string& name, std::string& target);
    void texts(const std::string& name, std::vector<std::string>& target);
    void number(const std::string& name, double low, double high, double& target);
    void number(const std::string& name, std::uint64_t low, std::uint64_t high,
                std::uint64_t& target);

    // Returns the one argument. Throws Error.
    std::string parse(int argc, const char* const* argv) const;

  private:
    struct Option {
        bool takes_value = true;
        std::function<void(const std::string&)> set;
    };
    std::map<std::string, Option> options_;
};

}  // namespace gavel::evaluation
