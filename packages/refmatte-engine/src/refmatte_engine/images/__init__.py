"""The one guarded way to open a picture from outside."""
