public import Rules

extension Source {
    /// Reads a pushed body, as if it had been the response to a poll.
    ///
    /// A pure function: `memory` comes from the last push to the same source, and goes to the next. `machine` is
    /// whose the samples are, unless the body says so itself.
    public func pushed(
        _ body: [UInt8], contentType: String, machine: String?, at time: Timestamp,
        memory: inout SourceMemory
    ) throws(DecodeError) -> PollOutcome.Reading {
        // Who pushes a line with curl sends it without its end; a request that was cut never gets here.
        let isUnended = !body.isEmpty && body.last != UInt8(ascii: "\n")
        let document = Document(
            body: isUnended ? body + [UInt8(ascii: "\n")] : body, contentType: contentType, machine: machine,
            isOneMachine: true, at: time, isPartial: true)
        return try PollOutcome.Reading(decode(document, counters: &memory[target: ""]), of: self, at: time)
    }
}
