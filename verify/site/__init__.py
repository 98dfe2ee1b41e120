"""`relucert report`: certificates as pages that people read. Each is checked before anything is said of it.

Pages are HTML and SVG without a network: templates of Jinja escape whatever comes from a file. Floating point only
places what is drawn.
"""
