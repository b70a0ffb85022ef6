"""WHO RECORDS: the append-only ledger, releases and the store port."""
