"""The FAQ, made better by taps under what was missed; the doors are `editing` and `drafts`.

A press comes as a `case`: what was missed, and who may do something about it. What is shown of it
are `cards`. The message that is shown is the whole state: a second press tries the edit once more,
and writes it if it would still do what the message says. So nothing is lost with the process, and
whoever presses gets what they saw, whatever has become of the FAQ since.
"""
