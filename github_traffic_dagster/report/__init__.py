"""Something to look at: the HTML page and the badges, made from the tables as they lie."""
