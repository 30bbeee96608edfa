"""The objects that other HTTP libraries and SDKs take: they put a person's token into requests."""
