"""What commands print: tables, results, progress."""
