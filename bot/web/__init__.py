"""aiohttp: platform hooks, JSON API, chat page, health, metrics."""
