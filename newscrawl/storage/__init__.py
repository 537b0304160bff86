"""Tables (SQLAlchemy Core), migrations (Alembic) and engines for SQLite and PostgreSQL."""
