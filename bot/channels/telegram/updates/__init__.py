"""Updates as they come in: polled, or sent to the webhook."""
