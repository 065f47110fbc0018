"""The wire between the Krita plugin and the backend.

Standard library and msgpack; `client` and `keys` also need pyzmq. Runs on Python 3.8 and later,
because it is staged inside the plugin: imports within this package are relative.
"""

VERSION = "0.1.0"
