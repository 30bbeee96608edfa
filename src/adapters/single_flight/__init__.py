"""The single-flight port: one refresh for many callers, and sections that no interrupt tears."""
