"""A page on which a person checks labels or phrases, one key per decision, without a server."""
