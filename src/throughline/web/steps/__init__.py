"""The steps of a procedure as a list that is read and changed without a mouse: the equal of the drawing."""
