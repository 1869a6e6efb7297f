"""What anyone can see: public pages, open data, health and metrics."""
