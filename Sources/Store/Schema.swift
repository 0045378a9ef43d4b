import Rules

/// The tables, as an ordered list of steps that only ever grows.
enum Schema {
    /// Marks a file as ours in its header: "AGW1".
    static let applicationID: Int64 = 0x4147_5731

    static var version: Int { migrations.count }

    /// Brings the database to the current version, each step in a transaction of its own.
    static func migrate(_ db: Connection, instance: String, at time: Timestamp) throws(StoreError) {
        let current = Int(try db.integer("PRAGMA user_version") ?? 0)
        for (number, migration) in migrations.enumerated() where number >= current {
            try db.transaction { () throws(StoreError) in
                try db.execute(migration)
                try db.execute(
                    "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(number + 1)")
                if number == 0 {
                    try db.run(
                        "INSERT INTO instance (id, created_at) VALUES (?, ?)", .text(instance), .time(time))
                }
            }
        }
    }

    /// Times are milliseconds since 1970 in UTC. The SQL keeps to what PostgreSQL takes too, but for BLOB and
    /// WITHOUT ROWID. `instance` counts the rows that ever were (see `Numbering`).
    ///
    /// `term`, `posting` and `figure` are the index by which incidents are found (see `StoreWriter.index`).
    ///
    /// Samples lie in the order of time, so that a poll is appended at one end of one tree whatever the
    /// number of machines. A row of `sample` holds one metric of 128 machines (see `SampleBlock`).
    static let migrations = [
        """
        CREATE TABLE instance (
            id TEXT NOT NULL, created_at INTEGER NOT NULL, incidents INTEGER NOT NULL DEFAULT 0,
            events INTEGER NOT NULL DEFAULT 0, deliveries INTEGER NOT NULL DEFAULT 0,
            silences INTEGER NOT NULL DEFAULT 0, action_key TEXT, alive_at INTEGER,
            indexed_incident INTEGER NOT NULL DEFAULT 0, indexed_event INTEGER NOT NULL DEFAULT 0,
            indexed_remark INTEGER NOT NULL DEFAULT 0
        );

        CREATE TABLE rules_version (
            number INTEGER PRIMARY KEY, text TEXT NOT NULL, accepted_at INTEGER NOT NULL, origin TEXT NOT NULL
        );

        CREATE TABLE machine (
            id INTEGER PRIMARY KEY, source TEXT NOT NULL, name TEXT NOT NULL, slot INTEGER NOT NULL,
            since INTEGER NOT NULL, until INTEGER
        );
        CREATE UNIQUE INDEX machine_slot ON machine (source, slot) WHERE until IS NULL;
        CREATE INDEX machine_name ON machine (name);
        CREATE INDEX machine_current ON machine (id) WHERE until IS NULL;
        CREATE INDEX machine_until ON machine (until) WHERE until IS NOT NULL;

        CREATE TABLE poll (
            source TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (source, at)
        ) WITHOUT ROWID;

        CREATE TABLE block (
            id INTEGER PRIMARY KEY, source TEXT NOT NULL, metric TEXT NOT NULL, number INTEGER NOT NULL,
            UNIQUE (source, metric, number)
        );

        CREATE TABLE sample (
            at INTEGER NOT NULL, block INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (at, block)
        ) WITHOUT ROWID;

        CREATE TABLE incident (
            id INTEGER PRIMARY KEY, rule TEXT NOT NULL, severity TEXT NOT NULL,
            machine TEXT NOT NULL, source TEXT NOT NULL, metric TEXT NOT NULL, aggregate TEXT NOT NULL,
            window_samples INTEGER, window_ms INTEGER, side TEXT NOT NULL, threshold REAL NOT NULL,
            clear REAL NOT NULL, value REAL NOT NULL, peak REAL NOT NULL, last_value REAL NOT NULL,
            message TEXT NOT NULL, labels TEXT NOT NULL, opened_at INTEGER NOT NULL, resolved_at INTEGER,
            acknowledged_at INTEGER, acknowledged_by TEXT, resolution TEXT, rules_version INTEGER NOT NULL,
            held_by TEXT NOT NULL, is_untold INTEGER NOT NULL, is_end_untold INTEGER NOT NULL, reminded_at INTEGER,
            is_held INTEGER NOT NULL DEFAULT 0, lower REAL, lower_clear REAL, runbook TEXT
        );
        CREATE UNIQUE INDEX incident_open ON incident (source, machine, rule) WHERE resolved_at IS NULL;
        CREATE INDEX incident_open_id ON incident (id, acknowledged_at) WHERE resolved_at IS NULL;
        CREATE INDEX incident_machine ON incident (machine, id);
        CREATE INDEX incident_resolved ON incident (resolved_at) WHERE resolved_at IS NOT NULL;

        CREATE INDEX incident_held ON incident (source) WHERE is_held = 1;
        CREATE INDEX incident_untold ON incident (source, machine) WHERE is_untold = 1 AND resolved_at IS NULL;
        CREATE INDEX incident_end_untold ON incident (source, machine) WHERE is_end_untold = 1;

        CREATE TABLE term (
            id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, chunk INTEGER NOT NULL
        );

        CREATE TABLE posting (
            chunk INTEGER NOT NULL, term TEXT NOT NULL, ids BLOB NOT NULL, PRIMARY KEY (chunk, term)
        ) WITHOUT ROWID;

        CREATE TABLE figure (
            block INTEGER PRIMARY KEY, opened_first INTEGER NOT NULL, opened_last INTEGER NOT NULL,
            ended_last INTEGER NOT NULL, data BLOB NOT NULL
        );

        CREATE TABLE remark (
            id INTEGER PRIMARY KEY, incident INTEGER NOT NULL, at INTEGER NOT NULL, action TEXT NOT NULL,
            person TEXT, note TEXT
        );
        CREATE INDEX remark_incident ON remark (incident);

        CREATE TABLE silence (
            id INTEGER PRIMARY KEY, rules TEXT NOT NULL, machines TEXT NOT NULL, severities TEXT NOT NULL,
            sources TEXT NOT NULL, labels TEXT NOT NULL, starts_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
            person TEXT, reason TEXT, created_at INTEGER NOT NULL
        );
        CREATE INDEX silence_end ON silence (ends_at);

        CREATE TABLE used_action (
            digest TEXT PRIMARY KEY, expires_at INTEGER NOT NULL
        ) WITHOUT ROWID;

        CREATE TABLE event (
            id INTEGER PRIMARY KEY, incident INTEGER NOT NULL, kind TEXT NOT NULL,
            at INTEGER NOT NULL, decided_at INTEGER NOT NULL, committed_at INTEGER NOT NULL, evidence TEXT NOT NULL,
            note TEXT, is_flapping INTEGER NOT NULL
        );
        CREATE INDEX event_incident ON event (incident);

        CREATE TABLE webhook (
            name TEXT PRIMARY KEY, sequence INTEGER NOT NULL, disabled_at INTEGER, disabled_url TEXT,
            disabled_why TEXT, failing_since INTEGER, failing_ms INTEGER NOT NULL DEFAULT 0,
            last_success_at INTEGER, last_failure_at INTEGER, last_error TEXT, storm_first INTEGER,
            storm_since INTEGER, digested_at INTEGER, drill_since INTEGER, drilled_at INTEGER
        ) WITHOUT ROWID;

        CREATE TABLE delivery (
            id INTEGER PRIMARY KEY, webhook TEXT NOT NULL, sequence INTEGER NOT NULL,
            kind TEXT NOT NULL, event INTEGER, incident INTEGER, state TEXT NOT NULL, attempts INTEGER NOT NULL,
            created_at INTEGER NOT NULL, due_at INTEGER NOT NULL, ended_at INTEGER, first_attempt_at INTEGER,
            superseded_by INTEGER, fallback_by INTEGER, body BLOB NOT NULL, late_body BLOB
        );
        CREATE INDEX delivery_sequence ON delivery (webhook, sequence);
        CREATE INDEX delivery_due ON delivery (webhook, due_at, id) WHERE state = 'pending';
        CREATE INDEX delivery_dead ON delivery (webhook, id) WHERE state = 'dead';
        CREATE INDEX delivery_retry ON delivery (webhook, incident) WHERE state = 'pending' AND attempts > 0;
        CREATE INDEX delivery_overtaken ON delivery (webhook, id) WHERE state = 'superseded';
        CREATE INDEX delivery_webhook ON delivery (webhook, id);
        CREATE INDEX delivery_created ON delivery (created_at);
        CREATE INDEX delivery_superseded ON delivery (superseded_by) WHERE state = 'superseded';
        CREATE INDEX delivery_held ON delivery (webhook, id) WHERE state = 'held';
        CREATE INDEX delivery_incident ON delivery (incident, webhook);
        CREATE INDEX delivery_loose ON delivery (created_at) WHERE incident IS NULL;

        CREATE TABLE attempt (
            id INTEGER PRIMARY KEY, delivery INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL,
            duration_ms INTEGER NOT NULL, status INTEGER, error TEXT, answer BLOB
        );
        CREATE INDEX attempt_delivery ON attempt (delivery);

        CREATE TABLE blind (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, started_at INTEGER NOT NULL,
            ended_at INTEGER
        );
        CREATE INDEX blind_subject ON blind (kind, subject, started_at, ended_at);
        CREATE INDEX blind_open ON blind (kind, subject) WHERE ended_at IS NULL;

        CREATE TABLE audit (
            id INTEGER PRIMARY KEY, at INTEGER NOT NULL, who TEXT, address TEXT NOT NULL, method TEXT NOT NULL,
            route TEXT NOT NULL, subject TEXT, summary TEXT, status INTEGER NOT NULL, omitted INTEGER NOT NULL
        );
        CREATE INDEX audit_at ON audit (at);
        """
    ]
}
