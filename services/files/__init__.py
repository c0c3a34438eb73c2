"""Files that citizens send: taken in, looked at, kept encrypted, and shown as a sheet of thumbnails."""
