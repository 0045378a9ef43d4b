/// A gateway that is wrong on purpose, in the hands that drive it: each must be found out.
enum Mutant: String, CaseIterable, Sendable {
    /// What was sent may not have been on disk yet: a crash goes back to before the commit.
    case commitsAfterSending
    /// The receiver counts as having accepted before it was asked, and is asked when it suits.
    case forgetsOrder
    /// Nobody comes back to what failed.
    case dropsRetries
    /// A restart does not know what was open.
    case opensAnewOnRestart
    /// An attempt whose answer got lost is made again under another id.
    case doublesAfterALostAnswer
    /// What waits is thinned out, and the end of an incident is lost with it.
    case dropsResolved
    /// What a silence held back is forgotten with it.
    case forgetsWhatWasSilenced
    /// A rules file that is edited ends what is open.
    case losesIncidentsOnEdit
    /// A restart ends what tells that a machine is missing, so that it is told once more.
    case tellsMissingTwice
    /// What a stronger incident held back is forgotten with it.
    case forgetsWhatWasHeldBack
    /// What waits for a failing webhook counts as passed on to its fallback, which never hears of it.
    case forgetsTheFallback
    /// A restart does not know what was told again, and when.
    case remindsTooSoon
    /// The end of what flapped is never told.
    case dropsEndsThatFlapped
    /// A restart does not know that a drill was made.
    case drillsAnew

    /// What it does to the database after each step.
    var damage: String? {
        switch self {
        case .dropsResolved:
            """
            UPDATE delivery SET state = 'superseded', superseded_by = id - 1
            WHERE state = 'pending' AND kind = 'incident.resolved' AND id % 3 = 0
            """
        case .forgetsWhatWasSilenced: "UPDATE incident SET is_untold = 0 WHERE held_by LIKE '%silence%'"
        case .forgetsWhatWasHeldBack: "UPDATE incident SET is_untold = 0 WHERE held_by LIKE '%incident%'"
        case .forgetsTheFallback:
            "UPDATE delivery SET fallback_by = 0 WHERE fallback_by IS NULL AND state = 'pending'"
        case .remindsTooSoon: "UPDATE incident SET reminded_at = NULL"
        case .dropsEndsThatFlapped: "UPDATE incident SET is_end_untold = 0"
        case .commitsAfterSending, .forgetsOrder, .dropsRetries, .opensAnewOnRestart,
            .doublesAfterALostAnswer, .losesIncidentsOnEdit, .tellsMissingTwice, .drillsAnew:
            nil
        }
    }
}
