"""What is kept: database, objects by hash, runs, models, plans and the audit trail."""
