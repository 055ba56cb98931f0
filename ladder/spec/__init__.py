"""What is wanted: the task spec and the Candidate."""
