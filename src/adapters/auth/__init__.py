"""The auth objects for other HTTP libraries and SDKs, which add the user's token to requests."""
