"""The screen of a login: one calm block, one live line, and the result in its place."""
