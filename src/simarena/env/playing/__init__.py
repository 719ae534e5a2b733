"""What all environments share: batches, banks, threads, copies, pictures, adapters."""
