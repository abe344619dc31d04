"""What each section says, from the records alone."""
