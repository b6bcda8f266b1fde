"""The store under faults, kills and concurrency: `python -m reliability` shows what comes of it."""
