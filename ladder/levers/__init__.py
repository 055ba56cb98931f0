"""Seven cheap things to try, in the order that is the product."""
