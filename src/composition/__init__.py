"""The composition root: the only place that names adapters and pairs them for a colour, blocking or asynchronous."""
