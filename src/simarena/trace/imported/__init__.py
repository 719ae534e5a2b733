"""Traces and nodes made from the CSV files of public cluster traces, row by row."""
