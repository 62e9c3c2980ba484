"""Drawing as SVG: pure geometry, no requests, no database."""
