"""Take a store out into plain files and bring it in again: backup, and a move to another place."""
