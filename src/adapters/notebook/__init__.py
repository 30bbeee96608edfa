"""A login in a notebook: a card below the cell. IPython is used where it runs, and never required."""
