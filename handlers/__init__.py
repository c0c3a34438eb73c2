"""The conversations, one file each. They read like a script and never know the channel."""
