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
}
