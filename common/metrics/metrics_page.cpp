#include "common/metrics/metrics_page.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <iterator>
#include <limits>

namespace gavel {

void DurationHistogram::add_us(std::int64_t duration_us) {
    const double seconds = static_cast<double>(duration_us) / 1e6;
    const auto* const bound = std::lower_bound(std::begin(bounds_s), std::end(bounds_s), seconds);
    ++counts_[bound - std::begin(bounds_s)];
    ++count_;
    sum_us_ += duration_us;
}

std::uint64_t DurationHistogram::cumulative(std::size_t bound) const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i <= bound; ++i) sum += counts_[i];
    return sum;
}

struct MetricsPage::Families {
    std::vector<prometheus::MetricFamily> list;

    // A new metric of the family of that name.
    prometheus::ClientMetric& add(const std::string& name, const std::string& help,
                                  prometheus::MetricType type, const Labels& labels) {
        auto family = std::find_if(list.begin(), list.end(),
                                   [&](const auto& known) { return known.name == name; });
        if (family == list.end()) family = list.insert(family, {name, help, type, {}});
        auto& metric = family->metric.emplace_back();
        for (const auto& [label, value] : labels) metric.label.push_back({label, value});
        return metric;
    }
};

MetricsPage::MetricsPage() : families_(std::make_unique<Families>()) {}
MetricsPage::~MetricsPage() = default;

void MetricsPage::counter(const std::string& name, const std::string& help, const Labels& labels,
                          std::uint64_t value) {
    families_->add(name, help, prometheus::MetricType::Counter, labels).counter.value =
        static_cast<double>(value);
}

void MetricsPage::gauge(const std::string& name, const std::string& help, const Labels& labels,
                        double value) {
    families_->add(name, help, prometheus::MetricType::Gauge, labels).gauge.value = value;
}

void MetricsPage::histogram(const std::string& name, const std::string& help, const Labels& labels,
                            const DurationHistogram& durations) {
    auto& metric = families_->add(name, help, prometheus::MetricType::Histogram, labels).histogram;
    metric.sample_count = durations.count();
    metric.sample_sum = durations.sum_s();
    for (std::size_t i = 0; i < DurationHistogram::bound_count; ++i) {
        metric.bucket.push_back({durations.cumulative(i), DurationHistogram::bounds_s[i]});
    }
    metric.bucket.push_back({durations.count(), std::numeric_limits<double>::infinity()});
}

std::string MetricsPage::text() const {
    return prometheus::TextSerializer().Serialize(families_->list);
}

}  // namespace gavel
