#include "common/metrics/metrics_page.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>

namespace gavel {

namespace {

constexpr double duration_bounds_s[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                        0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
constexpr double size_bounds[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

}  // namespace

DurationHistogram::DurationHistogram() : Histogram(duration_bounds_s) {}
SizeHistogram::SizeHistogram() : Histogram(size_bounds) {}

void Histogram::add(double value) {
    const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
    ++counts_[static_cast<std::size_t>(bound - bounds_.begin())];
    ++count_;
    sum_ += value;
}

void Histogram::add(const Histogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
}

std::uint64_t Histogram::cumulative(std::size_t bound) const {
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
                            const Histogram& histogram) {
    auto& metric = families_->add(name, help, prometheus::MetricType::Histogram, labels).histogram;
    metric.sample_count = histogram.count();
    metric.sample_sum = histogram.sum();
    for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
        metric.bucket.push_back({histogram.cumulative(i), histogram.bounds()[i]});
    }
    metric.bucket.push_back({histogram.count(), std::numeric_limits<double>::infinity()});
}

std::string MetricsPage::text() const {
    return prometheus::TextSerializer().Serialize(families_->list);
}

}  // namespace gavel
