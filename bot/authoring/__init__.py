"""For admins: find the mistakes before people do, on files that stay theirs.

The doors: `review.review` finds what is wrong in files that load; `review.show` writes it down.
`regression.cases` runs the tests of an FAQ; `regression.diff` says what an edit of it changes.
`edit.edits` adds one thing to a file, and changes nothing else in it.
`transfer.transfer` takes FAQs of other programs over, and hands this one out to them.
`start.start` makes a first one.
`learning.learning` makes it better: it tries edits, makes them, and takes them back.
"""
