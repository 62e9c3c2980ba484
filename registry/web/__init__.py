"""HTTP: HTML pages, JSON API, health, security. The only room that knows Flask."""
