"""Secret stores: the OS keychain, the encrypted file, memory."""
