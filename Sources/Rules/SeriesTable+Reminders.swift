extension SeriesTable {
    /// The incidents that are to be told again at `time`, in no order.
    public func incidentsToRemind(at time: Timestamp) -> [Incident] {
        watches.flatMap { watch -> [Incident] in
            guard let reminder = watch.rule.reminder else { return [] }
            return watch.incidents.values.filter { $0.isReminderDue(after: reminder, at: time) }
        }
    }
}

extension Incident {
    /// Whether it is open, unacknowledged, and was last told `reminder` before `time` or earlier.
    public func isReminderDue(after reminder: Duration, at time: Timestamp) -> Bool {
        status == .open && (remindedAt ?? openedAt).advanced(by: reminder) <= time
    }
}
