"""What is looked at while the bot serves: files, a shared FAQ, the clock and drift."""
