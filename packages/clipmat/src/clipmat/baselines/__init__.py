"""Other methods through the same path: image and text in, alpha out. One adapter per file."""
