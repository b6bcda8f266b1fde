"""A Databricks workspace for tests: its REST API over real HTTP, with Sail in place of Spark.

One module for each API. Requests are checked as their documentation says; what Sail has no notion
of (Unity Catalog's comments, keys, properties) is modelled in `unity_catalog`.
"""
