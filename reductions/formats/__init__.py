"""Text formats: what files say, before it is an instance of any problem."""
