"""One file a platform, behind the port of `bot.port`."""
