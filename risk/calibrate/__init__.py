"""Evidence to priors: public data rows, one fit a file, checks, and the overlay they become."""
