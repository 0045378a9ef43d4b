import Foundation
import HTTP
import Notifiers
import Rules

/// What receivers did with the requests that they were sent.
struct Receivers {
    /// How a receiver is for a while.
    enum Mood: String {
        case well, slow, failing, refusing, hanging, forgetful, down, busy, gone
    }

    /// What becomes of a request.
    struct Fate: CustomStringConvertible {
        /// When it is accepted, in milliseconds; nil when it never is.
        var accepted: Int?
        var reply: HTTPReply
        var after: Int

        var description: String {
            let answer =
                switch reply {
                case .answer(let answer): "\(answer.status)"
                case .failure(let failure): failure.kind.rawValue
                }
            return "\(accepted.map { "accepted after \($0), " } ?? "")\(answer) after \(after)"
        }
    }

    /// A request as its receiver reads it.
    struct Message: Hashable {
        let webhook: String
        /// The number in its id.
        let delivery: Int64
        let sequence: Int64
        let type: String
        /// 0 for what is about none.
        let incident: Int64
    }

    private var moods: [String: Mood] = [:]
    /// What each webhook accepted, as it came.
    private(set) var accepted: [String: [Message]] = [:]
    private(set) var acceptedIDs: [String: Set<Int64>] = [:]

    mutating func set(_ mood: Mood, of webhook: String) { moods[webhook] = mood }
    mutating func heal() { moods = [:] }

    func fate(of message: Message, timeout: Int, using random: inout SplitMix) -> Fate {
        let mood = moods[message.webhook] ?? .well
        var fate = Fate(accepted: random.number(1...20), reply: .status(random.pick(204, 200)), after: 0)
        fate.after = (fate.accepted ?? 0) + random.number(0...20)
        let isBad = random.chance(0.6)
        switch mood {
        case .well: break
        case .slow: (fate.accepted, fate.after) = (random.number(1...14_000), random.number(14_000...16_000))
        case .failing where isBad: fate = refusal(random.pick(500, 503, 408), using: &random)
        case .refusing where isBad: fate = refusal(random.pick(400, 404, 301, 100), using: &random)
        case .busy where isBad:
            fate = refusal(random.pick(429, 503), using: &random)
            fate.reply = .status(429, retryAfter: random.pick(1, 10, 60, 600))
        case .hanging where isBad: fate = Fate(accepted: nil, reply: .lost, after: timeout + 1)
        case .forgetful where isBad:
            // It was accepted, and the answer got lost.
            fate.reply = .lost
            if random.chance(0.5) { fate.after = timeout + 1 }
        case .down: fate = Fate(accepted: nil, reply: .refused, after: random.number(0...5))
        case .gone: fate = refusal(410, using: &random)
        case .failing, .refusing, .busy, .hanging, .forgetful: break
        }
        if fate.after > timeout { (fate.reply, fate.after) = (.timeout, timeout) }
        if let time = fate.accepted, time > fate.after { fate.accepted = fate.after }
        return fate
    }

    private func refusal(_ status: Int, using random: inout SplitMix) -> Fate {
        Fate(accepted: nil, reply: .status(status), after: random.number(1...100))
    }

    /// Takes a message; what is wrong with when it comes.
    ///
    /// `replayed` are the deliveries that somebody had sent again.
    mutating func take(_ message: Message, replayed: Set<Int64>) throws(Breach) {
        let before = accepted[message.webhook, default: []]
        let isNew = acceptedIDs[message.webhook, default: []].insert(message.delivery).inserted
        accepted[message.webhook, default: []].append(message)
        guard isNew else {
            if before.contains(where: { $0.delivery == message.delivery && $0.sequence != message.sequence })
            {
                throw Breach("\(message.webhook) is sent id \(message.delivery) with another sequence number")
            }
            return
        }
        guard message.incident != 0, !replayed.contains(message.delivery) else { return }
        let known = before.filter { $0.incident == message.incident }
        if let later = known.first(where: {
            $0.delivery > message.delivery && !replayed.contains($0.delivery)
        }) {
            throw Breach(
                "\(message.webhook) is told \(message.type) of incident \(message.incident) after \(later.type)"
            )
        }
        let isOnce = ["incident.opened", "incident.resolved", "incident.acknowledged"].contains(message.type)
        if isOnce, let other = known.first(where: { $0.type == message.type }) {
            throw Breach(
                "\(message.webhook) is told \(message.type) of incident \(message.incident) twice, under the ids "
                    + "\(other.delivery) and \(message.delivery)")
        }
    }

    func hasAccepted(_ delivery: Int64, _ webhook: String) -> Bool {
        acceptedIDs[webhook]?.contains(delivery) ?? false
    }
}

extension Receivers.Message {
    init(_ parcel: Dispatcher.Parcel) throws(Breach) {
        guard case .request(let request) = parcel.content,
            let delivery = request.fields["webhook-id"]?.split(separator: "_").dropLast().last.flatMap({
                Int64($0)
            }),
            let sequence = request.fields["webhook-sequence"].flatMap({ Int64($0) }),
            let body = try? JSONDecoder().decode(Body.self, from: Data(request.body))
        else { throw Breach("\(parcel.webhook) is sent a request that cannot be read") }
        self.init(
            webhook: parcel.webhook, delivery: delivery, sequence: sequence, type: body.type,
            incident: body.data.incident?.id ?? 0)
    }

    private struct Body: Decodable {
        struct Payload: Decodable {
            struct Incident: Decodable { let id: Int64 }
            let incident: Incident?
        }

        let type: String
        let data: Payload
    }
}

extension HTTPReply {
    static let lost = HTTPReply.failure(HTTPFailure(.connectionLost, "the connection broke off"))
    static let refused = HTTPReply.failure(HTTPFailure(.connectionRefused, "refused"))
    static let timeout = HTTPReply.failure(HTTPFailure(.timeout, "no answer"))

    static func status(_ status: Int, retryAfter: Int? = nil) -> HTTPReply {
        var fields = HTTPFields()
        if let retryAfter { fields.add("retry-after", "\(retryAfter)") }
        return .answer(HTTPAnswer(status: status, fields: fields))
    }
}
