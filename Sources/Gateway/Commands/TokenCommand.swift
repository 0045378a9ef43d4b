import Rules

/// `gateway token`: makes tokens of the API. Which there are stands in rules.yaml, by their hashes.
struct TokenCommand: Equatable {
    var name = ""
    var role = Role.read
    var json = false

    static let command = Command(
        name: "token", outline: "add NAME [--role ROLE]",
        summary: "makes a token of the API, and the line of rules.yaml by which it is known",
        usage: ["token add NAME [--role read|write] [--json]"],
        about: """
            Makes a token of the API for NAME, prints it, and prints the line of rules.yaml by which it is known: its hash, so
            that the file can be read by anybody. Save the file, and the token works; remove the line, and it does not, nor do
            the sessions that it opened.
            """,
        operands: [Command.Operand("add", .choice(["add"])), Command.Operand("NAME")],
        options: [
            Command.Option(
                "--role", "ROLE", .choice(Role.allCases.map(\.rawValue)),
                "read: looks at everything but the texts of rules files; write: whatever the API can do (read)"
            ),
            .flag("--json", "{\"name\": …, \"role\": …, \"token\": …, \"hash\": …}"),
        ]
    ) { arguments, _ in
        print(try TokenCommand(arguments).run(), terminator: "")
        return 0
    }

    init(_ arguments: Arguments) throws(UsageError) {
        json = arguments.flags.contains("--json")
        role = arguments.value("--role").flatMap { Role(rawValue: $0) } ?? role
        name = arguments.operands.last ?? name
        let isName = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isName, (1...100).contains(name.utf8.count) else {
            throw UsageError("token: a name has 1 to 100 letters (a-z, A-Z), digits, '.', '_' and '-'")
        }
        guard !AccessToken.reserved.contains(name) else {
            throw UsageError(
                "token: the name '\(name)' stands for somebody else in the audit; choose another")
        }
    }

    /// A new token, which is kept nowhere, and the line by which it is known.
    func run() throws(UsageError) -> String {
        guard let (text, token) = AccessToken.make(named: name, role) else {
            throw UsageError("token: the system has no entropy to give; try again")
        }
        guard json else {
            return """
                \(text)

                This is the token of \(name), which is shown only now and kept nowhere. In rules.yaml it is known by this line:

                server:
                  tokens:
                    - {name: \(name), role: \(role.rawValue), hash: "sha256:\(token.digest)"}

                """
        }
        var writer = JSONWriter()
        writer.object { json in
            json.member("name", name)
            json.member("role", role.rawValue)
            json.member("token", text)
            json.member("hash", "sha256:\(token.digest)")
        }
        return String(decoding: writer.bytes, as: UTF8.self) + "\n"
    }
}
