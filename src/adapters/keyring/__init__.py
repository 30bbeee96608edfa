"""The OS keychain, over the package keyring; on Linux the Secret Service is preferred."""
