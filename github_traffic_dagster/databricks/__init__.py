"""What a Databricks workspace is given: tables, views and a dashboard over the store."""
