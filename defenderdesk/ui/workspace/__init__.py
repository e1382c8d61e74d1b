"""The workspace on the screen: members, desks, erasures, what an office sets up."""
