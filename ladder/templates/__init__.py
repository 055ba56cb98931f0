"""Chat templates on disk: found, described for the rules, repaired where they lie."""
