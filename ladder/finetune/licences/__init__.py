"""Whether licences allow the training: what is declared, what it permits."""
