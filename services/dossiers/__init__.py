"""The dossier: opened, handed on, finished, returned; written by us and by other programs; looked up and followed."""
