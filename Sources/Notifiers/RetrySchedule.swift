import Rules

/// When a delivery that failed is tried again.
enum RetrySchedule {
    /// The waits between attempts. Without jitter, the attempts after the first come 5 s, 35 s, 2.6 m, 7.6 m,
    /// 23 m, 53 m, 1.9 h, 3.9 h, 7.9 h, 15.9 h and 27.9 h after it.
    static let waits: [Duration] = [
        .seconds(5), .seconds(30), .seconds(120), .seconds(300), .seconds(900), .seconds(1800),
        .seconds(3600), .seconds(7200), .seconds(14_400), .seconds(28_800), .seconds(43_200),
    ]

    /// The wait after attempt `number`, the first being 1, that began `elapsed` after the first one; nil when it
    /// was the last.
    ///
    /// Both count and time must have passed a place of the schedule. By the count alone, the attempts that a
    /// receiver's recovery brought forward would have every delivery to one that flaps given up within minutes; by
    /// the time alone, so would a gateway that was switched off over the weekend.
    /// `jitter`, 0 to 1, spreads the wait over ±20 %, so that receivers are not hit in step.
    static func wait(afterAttempt number: Int, elapsed: Duration, jitter: Double) -> Duration? {
        // A clock that was set back says nothing of the time.
        let place = elapsed < .zero ? number - 1 : min(number - 1, placeInTime(elapsed))
        guard waits.indices.contains(place) else { return nil }
        let factor = 0.8 + 0.4 * min(max(jitter, 0), 1)
        return .milliseconds(Int64(Double(waits[place].wholeMilliseconds) * factor))
    }

    /// How many of the waits have passed after `elapsed`.
    private static func placeInTime(_ elapsed: Duration) -> Int {
        var nominal = Duration.zero
        for (place, wait) in waits.enumerated() {
            nominal += wait
            // An attempt counts for its place even where jitter brought it forward by a fifth.
            if elapsed * 5 < nominal * 4 { return place }
        }
        return waits.count
    }
}
