"""The table: a page for each kind, with name, notation, value and derivative of each row side by side."""
