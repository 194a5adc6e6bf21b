"""What `make bench` runs: measures penstock against named peers."""
