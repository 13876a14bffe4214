#include "services/auction/rules/currency.h"

#include <algorithm>
#include <array>

namespace gavel::auction {
namespace {

struct Codes {
    int minor_digits;
    std::string_view codes;  // of three letters, with one space between
};

// ISO 4217, list one: currencies and funds.
constexpr std::array<Codes, 4> all_codes{{
    {2,
     "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN "
     "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
     "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP "
     "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR "
     "NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
     "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR "
     "ZMW ZWG"},
    {0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"},
    {3, "BHD IQD JOD KWD LYD OMR TND"},
    {4, "CLF UYW"},
}};

}  // namespace

std::int64_t Currency::smallest_units() const {
    std::int64_t units = Money::units_per_whole;
    for (int digit = 0; digit < minor_digits; ++digit) units /= 10;
    return units;
}

std::optional<Currency> find_currency(std::string_view code) {
    constexpr std::size_t code_letters = 3;
    const bool is_code = code.size() == code_letters &&
                         std::all_of(code.begin(), code.end(),
                                     [](char letter) { return letter >= 'A' && letter <= 'Z'; });
    if (!is_code) return std::nullopt;
    for (const auto& [minor_digits, codes] : all_codes) {
        if (codes.find(code) != std::string_view::npos) {
            return Currency{std::string(code), minor_digits};
        }
    }
    return std::nullopt;
}

}  // namespace gavel::auction
