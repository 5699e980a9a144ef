"""The store in a database, through SQLAlchemy."""
