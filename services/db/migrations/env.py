"""Alembic's entry: runs the migrations on the connection that `services.db.migrate` hands over."""

from alembic import context

from services.db import (  # noqa: F401  (registers the tables)
    access,
    credentials,
    desk,
    dossiers,
    following,
    machine,
    notices,
    office,
    presubmissions,
    telling,
    triggers,
    visits,
)
from services.db.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    user_module_prefix="base.",
)
with context.begin_transaction():
    context.run_migrations()
    triggers.install(context.config.attributes["connection"], anew=context.config.attributes["anew"])
