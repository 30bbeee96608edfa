"""This machine: its clock, randomness, environment, names and network settings."""
