"""What a chat template does, seen from outside: probes render it and look."""
