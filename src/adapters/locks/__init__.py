"""The lock port: between tasks, threads and processes."""
