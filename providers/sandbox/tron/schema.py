"""Tables of the chain, in the sandbox's state file. Addresses are hex `41…`, times milliseconds, amounts integers."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS chain_settings (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS chain_blocks (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, parent TEXT NOT NULL, timestamp INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS chain_transactions (
    sequence INTEGER PRIMARY KEY, txid TEXT NOT NULL UNIQUE, raw TEXT NOT NULL, signatures TEXT NOT NULL,
    owner TEXT NOT NULL, receiver TEXT NOT NULL, lease TEXT NOT NULL DEFAULT '', not_before INTEGER NOT NULL DEFAULT 0,
    number INTEGER, position INTEGER, outcome TEXT NOT NULL DEFAULT '', info TEXT NOT NULL DEFAULT '');
CREATE UNIQUE INDEX IF NOT EXISTS chain_transactions_place ON chain_transactions (number, position);
CREATE INDEX IF NOT EXISTS chain_transactions_owner ON chain_transactions (owner);
CREATE INDEX IF NOT EXISTS chain_transactions_receiver ON chain_transactions (receiver);
CREATE TABLE IF NOT EXISTS chain_logs (
    number INTEGER NOT NULL, log_index INTEGER NOT NULL, position INTEGER NOT NULL, txid TEXT NOT NULL,
    address TEXT NOT NULL, topics TEXT NOT NULL, topic_1 TEXT NOT NULL, topic_2 TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (number, log_index)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS chain_logs_from ON chain_logs (topic_1);
CREATE INDEX IF NOT EXISTS chain_logs_to ON chain_logs (topic_2);
CREATE TABLE IF NOT EXISTS chain_state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chain_undo (
    number INTEGER NOT NULL, key TEXT NOT NULL, previous TEXT, PRIMARY KEY (number, key)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS chain_undo_key ON chain_undo (key, number);
CREATE TABLE IF NOT EXISTS chain_payments (
    id INTEGER PRIMARY KEY, due_at INTEGER NOT NULL, kind TEXT NOT NULL, receiver TEXT NOT NULL,
    amount INTEGER NOT NULL, txid TEXT NOT NULL DEFAULT '', problem TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS chain_faults (
    id INTEGER PRIMARY KEY, fault TEXT NOT NULL, path TEXT NOT NULL, value INTEGER NOT NULL, remaining INTEGER,
    percent INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS chain_volumes (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, timestamp INTEGER NOT NULL, parent TEXT NOT NULL,
    transactions INTEGER NOT NULL, transfers INTEGER NOT NULL, receivers TEXT NOT NULL);
"""
TABLES = (
    *("chain_settings", "chain_blocks", "chain_transactions", "chain_logs", "chain_state", "chain_undo"),
    *("chain_payments", "chain_faults", "chain_volumes"),
)
