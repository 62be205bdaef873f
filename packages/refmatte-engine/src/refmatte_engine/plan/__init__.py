"""What meets where: slots are dealt exactly, then sets of entities are drawn into the slots."""
