"""The single-flight port: one call per key for many callers, and calls that are not interrupted."""
