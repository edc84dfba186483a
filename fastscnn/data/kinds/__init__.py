"""Known data sets as data: class names, colours, and what a mask's values mean."""
