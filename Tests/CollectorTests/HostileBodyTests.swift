import HTTP
import Rules
import Testing

@testable import Collector

/// No body may end the process, and none that is not JSON from end to end may give records.
@Suite struct HostileBodyTests {
    static let document =
        #"[{"machine_ip":"é\u00e9\ud83d\ude00","cpu":"45%","x":[1,{"y":null},[]]},{"machine_ip":2,"cpu":-1.5e1,"z":true}]"#

    @Test(arguments: [
        ("", "the body is empty; expected a JSON array of records"),
        (" \n\t ", "the body is empty; expected a JSON array of records"),
        (
            "<!DOCTYPE html><p>Sign in</p>",
            "the body looks like HTML, not JSON; does the URL lead to a web page, or a login that needs a header?"
        ),
        ("NaN", "the body is not JSON: it goes wrong near line 1, column 1"),
        ("nul", "the body is not JSON: it goes wrong near line 1, column 1"),
        ("cpu 45", "the body is not JSON: it goes wrong near line 1, column 1"),
        ("[1] x", "the body is not JSON: it goes wrong near line 1, column 5"),
        ("[]]", "the body is not JSON: it goes wrong near line 1, column 3"),
        ("[{\"a\":1,\n \"é\": nope}]", "the body is not JSON: it goes wrong near line 2, column 7"),
        ("[{\"a\":1,}]", "the body is not JSON: it goes wrong near line 1, column 7"),
        ("[{'a':1}]", "the body is not JSON: it goes wrong near line 1, column 2"),
        ("[\"a\u{1}\"]", "the body is not JSON: it goes wrong near line 1, column 4"),
        (#"["\x"]"#, "the body is not JSON: it goes wrong near line 1, column 2"),
        (
            #"[{"machine_ip":"m","cpu":1,"\u12g4":1}]"#,
            "the body is not JSON: it goes wrong near line 1, column 28"
        ),
        (#"["a":1]"#, "the body is not JSON: it goes wrong near line 1, column 2"),
        (
            #"[{"machine_ip":"m","cpu":1"#,
            "the JSON ends in the middle, after 26 bytes; nothing of it was taken"
        ),
        (#"[{"machine_ip":"m"#, "the JSON ends in the middle, after 17 bytes; nothing of it was taken"),
        ("5", "the JSON is neither an array of records nor one record; `records` must point to them"),
        (
            #"{"machines":[{"machine_ip":"m","cpu":1}]}"#,
            "the JSON is an object with none of machine_ip, cpu, mem, disk;"
                + " if one of its members holds the records, `records` must point to it"
        ),
    ])
    func saysWhatIsWrong(body: String, message: String) {
        #expect(decodeError(body) == message)
    }

    @Test(arguments: [
        (#"{"data":{"list":[]}}"#, #"there is no "machines""#),
        (#"{"meta":{},"list":[]}"#, #"there is no "data""#),
        (#"{"data":[1,2]}"#, #"there is no "machines""#),
        ("[]", #"there is no "data""#), ("true", #"there is no "data""#),
    ])
    func saysWhereThePointerEnds(body: String, detail: String) {
        let message =
            "the JSON has no /data/machines: \(detail); `records` must point to the array of records"
        #expect(decodeError(body, FleetShape(records: "/data/machines")) == message)
    }

    @Test func aPointerMustLeadToOnePlace() {
        let shape = FleetShape(records: "/data")
        #expect(decodeError(#"{"data":[],"data":[]}"#, shape) == "the JSON has /data twice; expected it once")
        #expect(decodeError(#"{"data":"x"}"#, shape)?.hasPrefix("/data is neither an array") == true)
    }

    @Test func saysWhereUTF8Ends() {
        let body = Array("[\n\"é".utf8) + [0xff] + Array("\"]".utf8)
        let error = #expect(throws: DecodeError.self) { try JSONFleet.decode(body, shape: FleetShape()) }
        #expect(
            error?.description
                == "the body is not UTF-8: it goes wrong at line 2, column 3; JSON must be UTF-8")
    }

    @Test func nestingIsBounded() throws {
        func nested(_ depth: Int) -> String {
            let inner = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            return #"[{"machine_ip":"m","cpu":1,"x":\#(inner)}]"#
        }
        #expect(try decode(nested(90)).names == ["m"])
        #expect(decodeError(nested(200)) == "the JSON is nested more than 100 deep at line 1, column 131")
        #expect(decodeError(nested(100_000))?.hasPrefix("the JSON is nested") == true)
        #expect(decodeError(String(repeating: "{\"a\":", count: 100_000))?.hasPrefix("the JSON ends") == true)
    }

    @Test func nothingIsTakenOfATruncatedDocument() {
        let bytes = Array(Self.document.utf8)
        for count in 0..<bytes.count {
            #expect(throws: DecodeError.self) {
                try JSONFleet.decode(Array(bytes.prefix(count)), shape: FleetShape())
            }
        }
    }

    @Test func mutationsNeverEndTheProcess() {
        var random = SeededGenerator(state: 7)
        let alphabet = Array("[]{}:,\"\\ \n0123456789.eE+-tfnulrsa%\u{0}é".utf8) + [0xff]
        for _ in 0..<20_000 {
            var bytes = Array(Self.document.utf8)
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let byte = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                default: bytes.remove(at: place)
                }
            }
            do throws(DecodeError) {
                let decoded = try JSONFleet.decode(bytes, shape: FleetShape())
                #expect(decoded.values.count == decoded.machines.count * 3)
                #expect(decoded.machines.count + decoded.refusedCount <= 3)
            } catch {
                #expect(!error.description.contains("\n"))
            }
        }
    }
}

/// SplitMix64, so that a failure comes back with its seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
