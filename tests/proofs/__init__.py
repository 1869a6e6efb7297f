"""The long proofs: real processes killed, floods, replicas. Small in `make test`, whole in `make prove`."""
