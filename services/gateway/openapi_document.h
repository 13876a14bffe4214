#pragma once

namespace gavel::gateway {

// The description of the gateway's API, as it stands in openapi.json.
const char* openapi_document();

}  // namespace gavel::gateway
