"""The browser port: opens the person's own browser."""
