"""The browser port: opens the user's own browser."""
