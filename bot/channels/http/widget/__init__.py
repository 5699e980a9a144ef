"""A chat for any web page, as one script. The doors: `script`, and `pages`, which serves it."""
