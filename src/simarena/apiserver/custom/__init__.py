"""Custom resources: definitions, and objects by their schemas and rules."""
