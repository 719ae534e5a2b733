"""What goes to a client and what comes from it: checked, escaped, bounded."""
