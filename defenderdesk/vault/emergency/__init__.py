"""Emergency packages of this office, and what a person does with one."""
