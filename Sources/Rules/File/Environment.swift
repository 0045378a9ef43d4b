/// What a settings file takes from outside itself: variables, and the files that it names.
public struct Environment: Sendable {
    public private(set) var variables: [String: String]
    /// The bytes of a file whose path is relative to the folder of the settings file.
    public let readFile: @Sendable (String) throws(FileError) -> [UInt8]
    /// The folder of the settings file, with its slash; empty for the working directory.
    let folder: String

    public init(
        variables: [String: String], folder: String = "",
        readFile: @escaping @Sendable (String) throws(FileError) -> [UInt8] = { _ throws(FileError) in
            throw .missing
        }
    ) {
        self.variables = variables
        self.folder = folder
        self.readFile = readFile
    }

    /// Adds the variables of the `.env` beside the settings file, if there is one; those that are set win.
    public mutating func addDotEnv(named file: String, reporting faults: Faults) {
        let bytes: [UInt8]
        do {
            bytes = try readFile(".env")
        } catch .missing, .notAFile {
            // A folder of that name is a habit of others, and no business of ours.
            return
        } catch {
            return faults.add(Fault(file: file, message: error.message, cure: error.cure))
        }
        variables.merge(DotEnv.variables(in: bytes, file: file, reporting: faults)) { set, _ in set }
    }

    /// What keeps a text from having its variables replaced.
    struct ExpansionError: Error {
        let message: String
        let cure: String
        /// For a secret, whose default would stand in the file.
        var cureOfSecret: String

        init(message: String, cure: String, cureOfSecret: String? = nil) {
            self.message = message
            self.cure = cure
            self.cureOfSecret = cureOfSecret ?? cure
        }
    }

    /// A text with `${NAME}` and `${NAME:-default}` replaced and `$$` as `$`, and the last variable in it.
    ///
    /// What a variable holds is taken as it is: it is neither YAML nor expanded again.
    func expand(_ text: String) throws(ExpansionError) -> (text: String, variable: String?) {
        guard text.utf8.contains(UInt8(ascii: "$")) else { return (text, nil) }
        var result = ""
        var last: String?
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            switch rest.first {
            case "$":
                result += "$"
                rest = rest.dropFirst()
            case "{":
                guard let close = rest.firstIndex(of: "}") else {
                    throw ExpansionError(
                        message: "'${' is never closed", cure: "write ${NAME}, or $$ for a dollar sign")
                }
                let (name, value) = try value(of: rest[..<close].dropFirst())
                result += value
                last = name
                rest = rest[close...].dropFirst()
            default: result += "$"
            }
        }
        return (result + rest, last)
    }

    /// The value of what stands between the braces.
    private func value(of reference: Substring) throws(ExpansionError) -> (name: String, value: String) {
        let name = String(reference.prefix { $0 != ":" && $0 != "-" && $0 != "?" })
        let fallback = reference.dropFirst(name.count)
        guard Setting.isIdentifier(name), fallback.isEmpty || fallback.hasPrefix(":-"),
            !fallback.contains("${")
        else {
            throw ExpansionError(
                message: "this is not a reference to a variable",
                cure: "write ${NAME} or ${NAME:-default}, or $$ for a dollar sign; defaults hold no variables"
            )
        }
        // As in a shell, `:-` also stands in for what is set but empty.
        if let value = variables[name], fallback.isEmpty || !value.isEmpty { return (name, value) }
        guard !fallback.isEmpty else {
            throw ExpansionError(
                message: "the environment variable '\(name)' is not set",
                cure: "export it, put \(name)=… into .env beside the file, or give a default: ${\(name):-…}",
                cureOfSecret: "export it, or put \(name)=… into .env beside the file")
        }
        return (name, String(fallback.dropFirst(2)))
    }
}

/// Why a file could not be read.
public enum FileError: Error, Equatable, Sendable {
    case missing
    /// A folder, a device or the like.
    case notAFile
    case tooLarge(limit: Int)
    /// The system's words for it.
    case unreadable(String)

    public var message: String {
        switch self {
        case .missing: "there is no such file"
        case .notAFile: "this is a folder or a device, not a file"
        case .tooLarge(let limit): "the file has more than \(limit / 1024) kB"
        case .unreadable(let reason): "the file cannot be read: \(reason)"
        }
    }

    public var cure: String {
        switch self {
        case .missing: "check the path; it is relative to the folder the gateway was started in"
        case .notAFile: "name a file"
        case .tooLarge: "see that it is the right file"
        case .unreadable: "see that the user who runs the gateway may read it"
        }
    }
}

extension Setting {
    /// The path of a file that is read again and again, and what it holds now; the path as given here is
    /// relative to the folder of the settings file.
    public func file() -> (path: String, bytes: Result<[UInt8], FileError>)? {
        guard let path = text("the path of a file") else { return nil }
        let bytes = Result { () throws(FileError) in try reading.environment.readFile(path) }
        return (path.hasPrefix("/") ? path : reading.environment.folder + path, bytes)
    }

    /// The secret in the file that this value names, relative to the folder of the settings file.
    ///
    /// No message shows the path: who mistakes `secret_file` for `secret` has written a secret there.
    func secretOfFile() -> Secret? {
        guard let bytes = bytesOfFile(limit: 16 * 1024) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return failing("the path of a text file in UTF-8")
        }
        let secret = String(text.reversed().drop { $0.isNewline }.reversed())
        guard !secret.isEmpty else {
            fail("the file that \(label) names is empty", cure: "write the secret into it")
            return nil
        }
        guard secret.unicodeScalars.allSatisfy(\.isPrintable) else {
            fail(
                "the file that \(label) names has more than one line, or control characters",
                cure: "write the secret alone into it, on one line")
            return nil
        }
        return Secret(secret)
    }

    /// The bytes of the file that this value names, relative to the folder of the settings file.
    func bytesOfFile(limit: Int = .max) -> [UInt8]? {
        guard let path = text("the path of a file") else { return nil }
        do throws(FileError) {
            let bytes = try reading.environment.readFile(path)
            guard bytes.count <= limit else { throw FileError.tooLarge(limit: limit) }
            return bytes
        } catch {
            fail(
                "the file that \(label) names cannot be used: \(error.message)",
                cure: error == .missing ? "its path is relative to the folder of this file" : error.cure)
            return nil
        }
    }
}

extension String {
    /// The name of the variable that the text is meant to be: `$NAME`, in capitals; nil when it is another text.
    var bareVariable: String? {
        guard hasPrefix("$"), utf8.count > 2 else { return nil }
        let name = String(dropFirst())
        return Setting.isIdentifier(name) && name == name.uppercased() ? name : nil
    }
}
