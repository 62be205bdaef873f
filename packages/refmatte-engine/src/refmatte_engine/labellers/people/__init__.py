"""Models of people: the face, then gender, age and clothes."""
