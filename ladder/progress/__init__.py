"""What a person sees while a run, a check or a training is under way: it never stays silent."""
