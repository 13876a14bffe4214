#include "services/bidding/admission.h"

namespace gavel::bidding {

Admission admit(const std::optional<BoardEntry>& known, Money amount) {
    if (!known) return Admission::forward;
    if (known->status == BoardEntry::Status::closed) return Admission::closed;
    if (known->status == BoardEntry::Status::ended) return Admission::ended;
    return amount.units <= known->price_units ? Admission::too_low : Admission::forward;
}

}  // namespace gavel::bidding
