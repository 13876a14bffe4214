#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "evaluation/client/command_line.h"

namespace gavel::evaluation {

// What the main() of a program does that measures and tells it as JSON: `--help`, `--output FILE`
// beside the options on the line, and errors as a sentence. `measure` gets the URL. Returns the
// exit status: 0 all is well, 1 it could not be measured, 2 the command line is wrong.
int tool_main(const std::string& name, const std::string& help, int argc, char** argv,
              CommandLine& line,
              const std::function<nlohmann::ordered_json(const std::string& url)>& measure);

}  // namespace gavel::evaluation
