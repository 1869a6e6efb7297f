"""What anyone can see: public pages, health, metrics. It only reads."""
