"""HTTP: an API, and a chat for any web page. The door is `channel`.

A request: `site` (who may, how much) → `api` (what can be asked, as OpenAPI has it) → `talks` (what
becomes of it) → `shapes` (how it is told).
"""
