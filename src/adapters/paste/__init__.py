"""A callback port that also takes the address that the user pastes."""
