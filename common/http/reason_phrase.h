#pragma once

namespace gavel {

// "OK" for 200 and so on.
const char* reason_phrase(int status);

}  // namespace gavel
