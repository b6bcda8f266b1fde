"""Alerts: what is about to be lost, told by webhook and e-mail. Off until one of them is set.

Nothing here knows Dagster: `alerting` reads what it knows, `sensors` and the command line send.
"""
