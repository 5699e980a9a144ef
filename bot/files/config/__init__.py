"""config.yaml and the files it names → settings; the door is `settings`."""
