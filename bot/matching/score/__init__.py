"""How well each entry fits; the plug point is `ranker.Ranker`."""
