#include "evaluation/client/tool.h"

#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>

namespace gavel::evaluation {

int tool_main(const std::string& name, const std::string& help, int argc, char** argv,
              CommandLine& line,
              const std::function<nlohmann::ordered_json(const std::string& url)>& measure) {
    if (argc == 2 && std::string(argv[1]) == "--help") {
        std::cout << help;
        return 0;
    }
    std::string output;
    line.text("--output", output);
    try {
        const std::string url = line.parse(argc, argv);
        const std::string told = measure(url).dump() + "\n";
        if (output.empty()) {
            std::cout << told;
        } else if (!(std::ofstream(output) << told)) {
            throw std::runtime_error("cannot write " + output);
        }
        return 0;
    } catch (const CommandLine::Error& error) {
        std::cerr << name << ": " << error.what() << "; see --help\n";
        return 2;
    } catch (const std::exception& error) {
        std::cerr << name << ": " << error.what() << "\n";
        return 1;
    }
}

}  // namespace gavel::evaluation
