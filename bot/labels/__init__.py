"""Messages whose entries are known: a labelled set, the FAQ, the log; what became of them."""
