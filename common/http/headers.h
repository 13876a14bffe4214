#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gavel {

// True when two header names, or tokens in header values, are equal but for ASCII case.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// Header fields in the order they came. Names compare without case (RFC 9110, section 5.1).
class Headers {
  public:
    using Field = std::pair<std::string, std::string>;

    Headers() = default;
    Headers(std::initializer_list<Field> fields) : fields_(fields) {}

    void add(std::string name, std::string value);
    // Replaces every field of that name by one.
    void set(std::string name, std::string value);
    void remove(std::string_view name);

    // The first value of that name.
    std::optional<std::string_view> find(std::string_view name) const;
    // True when a comma-separated list under that name holds the token ("Connection: close").
    bool has_token(std::string_view name, std::string_view token) const;

    std::size_t size() const { return fields_.size(); }
    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }

  private:
    std::vector<Field> fields_;
};

}  // namespace gavel
