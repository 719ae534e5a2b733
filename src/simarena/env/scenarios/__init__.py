"""What is played: scenarios, where they come from, and their shortest solutions."""
