"""Import of what other tools have kept of GitHub's traffic, as observations that name them.

A module per foreign format turns a file into `told.Told`, `identities` finds the repositories' ids,
`observations` makes rows of the raw tables of it, and the golden rule decides as ever.
"""
