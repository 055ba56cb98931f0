"""What a chat template does to conversations made for the purpose: where turns begin and end."""
