"""For whoever edits the FAQ. The doors: `transfer.transfer` brings an FAQ in and out."""
