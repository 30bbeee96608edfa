"""The store `auto`, over two stores of the user's."""
