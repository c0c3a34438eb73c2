"""The database: tables, sessions, migrations. SQLite by default, PostgreSQL when one machine is outgrown."""
