"""The only loop: climb, race, joint pass, confirm."""
