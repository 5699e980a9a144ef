"""FAQs of other programs → entries, and entries → files for them; its door is `transfer`."""
