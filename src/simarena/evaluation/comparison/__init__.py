"""Any number of agents side by side: one table, one set of plots, one folder."""
