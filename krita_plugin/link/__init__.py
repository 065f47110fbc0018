"""The backend as the plugin reaches it: its process, the connection to it, its words."""
