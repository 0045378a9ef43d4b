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
}
