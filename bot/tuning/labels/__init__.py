"""Where labelled utterances come from: a file, the FAQ, the log."""
