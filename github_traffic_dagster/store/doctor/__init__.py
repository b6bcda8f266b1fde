"""Find damage in tables, by name, and repair it without discarding an observation."""
