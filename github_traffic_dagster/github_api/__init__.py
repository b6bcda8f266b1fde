"""GitHub, asked politely: access, limits, and one typed outcome per repository.

PyGithub does the HTTP. No Dagster, no Delta, no polars in here.
"""
