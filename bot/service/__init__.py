"""What any channel needs: worker, live bot, durable queue, limits, health."""
