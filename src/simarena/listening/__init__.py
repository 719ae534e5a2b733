"""What servers share: where they listen, to whom, and who is let in."""
