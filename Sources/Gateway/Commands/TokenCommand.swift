import Rules

/// `gateway token`: makes tokens of the API. Which there are stands in rules.yaml, by their hashes.
struct TokenCommand: Equatable {
    var name = ""
    var role = Role.read
    var json = false

    /// Reads what follows the command's name; nil when help is asked for.
    init?(_ rest: inout ArraySlice<String>) throws(UsageError) {
        var operands: [String] = []
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": return nil
            case "--json": json = true
            case "--role":
                let text = try Command.value(of: argument, &rest)
                guard let role = Role(rawValue: text) else {
                    throw UsageError("--role: '\(text)' is none of read, write")
                }
                self.role = role
            case _ where argument.hasPrefix("-"):
                throw UsageError("token: unknown option '\(argument)'; see gateway token --help")
            default: operands.append(argument)
            }
        }
        guard operands.count == 2, operands[0] == "add" else {
            throw UsageError("token: write gateway token add NAME [--role read|write]")
        }
        name = operands[1]
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

extension Help {
    static let token = """
        usage: gateway token add NAME [--role read|write] [--json]

        Makes a token of the API for NAME, prints it, and prints the line of rules.yaml by which it is known: its hash, so
        that the file can be read by anybody. Save the file, and the token works; remove the line, and it does not, nor do
        the sessions that it opened.

          --role ROLE        read: looks at everything but the texts of rules files; write: whatever the API can do (read)
          --json             {"name": …, "role": …, "token": …, "hash": …}

        """
}
