internal import Glibc

/// The terminal that the program prints to.
enum Terminal {
    /// Its columns; what is not a terminal is as wide as can be, so that nothing is cut on its way to a program.
    static func width(_ environment: [String: String]) -> Int {
        if let columns = environment["COLUMNS"].flatMap({ Int($0) }), columns > 0 { return columns }
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return .max / 2
        }
        return Int(size.ws_col)
    }

    /// Whether to print in colours: as `asked` (always, never or auto); of itself on a terminal that can do it,
    /// unless NO_COLOR is set (https://no-color.org).
    static func isColored(
        _ asked: String?, _ environment: [String: String], isTerminal: Bool = isatty(STDOUT_FILENO) == 1
    ) -> Bool {
        switch asked {
        case "always": true
        case "never": false
        default:
            isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
        }
    }

    /// Writes at once; false when nobody reads any more.
    static func write(_ text: String) -> Bool { Log.write(Array(text.utf8), to: STDOUT_FILENO) }
}
