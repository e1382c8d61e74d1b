"""Persons, organisations and visits on the screen: records that stand by themselves."""
