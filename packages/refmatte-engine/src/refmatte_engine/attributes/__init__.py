"""What can be said of an entity: category, colour, opacity, human attributes, the user's own."""
