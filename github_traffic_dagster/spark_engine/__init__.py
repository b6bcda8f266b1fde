"""The golden step on a distributed engine: one SQL text, carried by whichever Spark there is."""
