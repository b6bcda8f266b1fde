"""Delta tables that keep everything: open, create, append, merge, read. No Dagster in here."""
