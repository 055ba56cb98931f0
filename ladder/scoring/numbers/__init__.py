"""Numbers, dates, times and amounts of a text as quantities, and which of them is the answer."""
