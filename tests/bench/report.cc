// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/report.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace dps::bench {
namespace {

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.at(values.size() / 2);
}

double CpuRatio(const Repetition& repetition) {
  return repetition.right.broker_cpu_us_per_flow /
         repetition.left.broker_cpu_us_per_flow;
}

template <class Value>
double MedianOf(const Report& report, Value value) {
  std::vector<double> values;
  for (const Repetition& repetition : report.repetitions) {
    values.push_back(value(repetition));
  }
  return Median(std::move(values));
}

struct Line {
  const char* title;
  double (*value)(const LoadResult&);
};

constexpr Line kLines[] = {
    {"flows/s", [](const LoadResult& r) { return r.flows_per_s; }},
    {"broker CPU, us/flow",
     [](const LoadResult& r) { return r.broker_cpu_us_per_flow; }},
    {"polls/flow", [](const LoadResult& r) { return r.polls_per_flow; }},
    {"connect p50, ms",
     [](const LoadResult& r) { return r.connect.p50.count(); }},
    {"connect p99, ms",
     [](const LoadResult& r) { return r.connect.p99.count(); }},
    {"register p50, ms",
     [](const LoadResult& r) { return r.register_call.p50.count(); }},
    {"register p99, ms",
     [](const LoadResult& r) { return r.register_call.p99.count(); }},
    {"poll p50, ms", [](const LoadResult& r) { return r.poll.p50.count(); }},
    {"poll p99, ms", [](const LoadResult& r) { return r.poll.p99.count(); }},
    {"whole flow p50, ms",
     [](const LoadResult& r) { return r.flow.p50.count(); }},
    {"whole flow p99, ms",
     [](const LoadResult& r) { return r.flow.p99.count(); }},
};

constexpr int kTitleWidth = 24;
constexpr int kValueWidth = 18;

void JsonSide(std::ostream& out, const char* name, const LoadResult& r) {
  const auto percentiles = [&](const char* what, const Percentiles& p) {
    out << ",\"" << what << "P50Ms\":" << p.p50.count() << ",\"" << what
        << "P99Ms\":" << p.p99.count();
  };
  out << '"' << name << "\":{\"flowsPerSecond\":" << r.flows_per_s
      << ",\"brokerCpuUsPerFlow\":" << r.broker_cpu_us_per_flow
      << ",\"pollsPerFlow\":" << r.polls_per_flow;
  percentiles("connect", r.connect);
  percentiles("register", r.register_call);
  percentiles("poll", r.poll);
  percentiles("flow", r.flow);
  out << '}';
}

}  // namespace

std::string AsTable(const Report& report) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2);
  const Comparison& comparison = report.comparison;
  out << comparison.title << "; " << report.flows << " flows, "
      << report.concurrency << " at a time, poll after "
      << report.poll_delay.count() << " ms; medians of "
      << report.repetitions.size() << " interleaved repetitions\n";
  out << std::setw(kTitleWidth) << "" << std::setw(kValueWidth)
      << comparison.left << std::setw(kValueWidth) << comparison.right << '\n';
  for (const Line& line : kLines) {
    out << std::left << std::setw(kTitleWidth) << line.title << std::right;
    out << std::setw(kValueWidth)
        << MedianOf(report,
                    [&](const Repetition& r) { return line.value(r.left); })
        << std::setw(kValueWidth)
        << MedianOf(report,
                    [&](const Repetition& r) { return line.value(r.right); })
        << '\n';
  }
  const double ratio = MedianOf(report, CpuRatio);
  out << "broker CPU per flow, " << comparison.right << " / " << comparison.left
      << ": " << ratio << " (target: at most " << comparison.target
      << "): " << (ratio <= comparison.target ? "met" : "missed") << '\n';
  return out.str();
}

std::string AsJson(const Report& report) {
  std::ostringstream out;
  out << "{\"title\":\"" << report.comparison.title << "\",\"left\":\""
      << report.comparison.left << "\",\"right\":\"" << report.comparison.right
      << "\",\"flows\":" << report.flows
      << ",\"concurrency\":" << report.concurrency
      << ",\"pollDelayMs\":" << report.poll_delay.count()
      << ",\"cpuRatio\":" << MedianOf(report, CpuRatio) << ",\"repetitions\":[";
  const char* separator = "";
  for (const Repetition& repetition : report.repetitions) {
    out << separator << '{';
    JsonSide(out, "leftSide", repetition.left);
    out << ',';
    JsonSide(out, "rightSide", repetition.right);
    out << '}';
    separator = ",";
  }
  out << "]}\n";
  return out.str();
}

}  // namespace dps::bench
