"""What everything else stands on: the event heap, randomness, events."""
