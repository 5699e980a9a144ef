"""For admins: find the mistakes before people do, on files that stay theirs.

The doors: `review.review` finds what is wrong in files that load; `review.show` writes it down.
`edit.edits` adds one thing to a file, and changes nothing else in it.
`transfer.transfer` takes FAQs of other programs over, and hands this one out to them.
`start.start` makes a first one.
"""
