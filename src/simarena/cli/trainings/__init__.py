"""How `simarena train` and `simarena sweep` start trainings, and go on with them."""
