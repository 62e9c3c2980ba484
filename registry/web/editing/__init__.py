"""The field engine of the editing pages: from the models' declarations to form fields, and back. Knows no Flask."""
