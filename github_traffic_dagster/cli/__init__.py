"""The command line `github-traffic`.

The modules that a command begins with import nothing slow, so that help, mistakes in its use and a
missing token are answered at once; Dagster, polars and Delta come in when there is work to do.
"""
