"""The protocol, pure: requests and responses of OAuth 2.0, without a port that acts."""
