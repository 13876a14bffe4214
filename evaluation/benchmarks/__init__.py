"""What run_benchmarks consists of: servers, tools, experiments, and what is told of them."""
