#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace gavel::frontend {

// The files of frontend/static, by relative path, as they were when this was built (embed.cmake).
const std::vector<std::pair<std::string_view, std::string_view>>& embedded_files();

}  // namespace gavel::frontend
