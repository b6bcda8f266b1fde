"""Keep GitHub's traffic history for ever.

GitHub shows a repository's views and clones for two weeks. This package collects them daily with
Dagster into Delta tables that only ever grow. `github_traffic_dagster.definitions` is what a
Dagster code location loads; `github-traffic` is the command line.
"""

import os

# polars keeps what it freed for half a second, and the merge that follows a computation needs its
# room: at 50,000 repositories a golden step peaks at 690 MB instead of 1,100
# (benchmarks/golden_at_scale.py). The name is jemalloc's, read when polars is imported; elsewhere
# than on Linux and macOS it means nothing. https://github.com/pola-rs/polars/issues/18088
_GIVE_BACK = "dirty_decay_ms:0"
_ALLOCATOR = os.environ.get("_RJEM_MALLOC_CONF", "")
if _GIVE_BACK not in _ALLOCATOR:
    # What a process before this one set, polars' own choice among it, is left in front.
    os.environ["_RJEM_MALLOC_CONF"] = ",".join(filter(None, (_ALLOCATOR, _GIVE_BACK)))
