"""The assets and their checks: thin, they join GitHub, the rules and the store."""
