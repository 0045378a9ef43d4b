import Rules
import Store

/// The rules file, as it is asked for, checked and saved over HTTP.
struct RulesDesk: Sendable {
    let file: RulesFile
    /// Has the gateway go over to a configuration; gives the number of its version once that is on disk.
    let adopt: @Sendable (Configuration, AuditEntry?) async -> Result<Int, ActionRefusal>
}
