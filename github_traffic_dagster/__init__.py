"""Keep GitHub's traffic history for ever.

GitHub shows a repository's views and clones for two weeks. This package collects them daily with
Dagster into Delta tables that only ever grow. `github_traffic_dagster.definitions` is what a
Dagster code location loads; `github-traffic` is the command line.
"""
