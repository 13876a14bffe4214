#pragma once

#include <filesystem>

#include "frontend/frontend_handler.h"
#include "frontend/static_files.h"

namespace gavel::frontend {

// The frontend, wired. Loop thread only; borrows the client, which outlives it.
class FrontendService {
  public:
    // An empty `static_directory` is the dashboard inside the executable. Throws
    // std::runtime_error when a directory does not hold a dashboard.
    FrontendService(ServiceClient& gateway, const std::filesystem::path& static_directory)
        : files_(static_directory.empty() ? StaticFiles::embedded()
                                          : StaticFiles(static_directory)),
          handler_(gateway, files_) {}

    const JSONRequestHandler& handler() const { return handler_; }

  private:
    StaticFiles files_;
    FrontendHandler handler_;
};

}  // namespace gavel::frontend
