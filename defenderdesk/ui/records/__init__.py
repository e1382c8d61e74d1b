"""One record on the screen: its form, its fields and their editors, its values as words."""
