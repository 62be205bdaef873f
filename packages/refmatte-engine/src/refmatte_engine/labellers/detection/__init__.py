"""What a detector finds, and what that says of entities and backgrounds."""
