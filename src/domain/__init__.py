"""The domain: pure decisions, and the flows that sequence ports. Import its modules; this one loads nothing."""
