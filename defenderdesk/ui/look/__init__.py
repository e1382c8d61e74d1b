"""The look of every widget: colours, spacing, type, style sheet, icons."""
