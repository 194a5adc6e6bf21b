import FoundationEssentials
import HTTPListener
import HTTPMessages
import MarkupXML

extension ServiceFailure {
    /// The answer; to HEAD, and for 304, without the document that explains it.
    func reply(to head: ListenerRequest, id: String, now: Date) -> Reply {
        var reply = Reply(status: status, fields: ["x-ms-error-code": code])
        for field in fields { reply.fields.append(field.name, field.value) }
        guard head.method != "HEAD", status != 304 else { return reply }
        reply.fields["Content-Type"] = "application/xml"
        reply.body = .bytes(document(id: id, now: now))
        return reply
    }

    /// The service's message has three lines: what happened, the id of the request, and the time.
    private func document(id: String, now: Date) -> [UInt8] {
        var writer = XMLWriter()
        writer.element("Error") { writer in
            writer.element("Code", code)
            writer.element("Message", "\(message)\nRequestId:\(id)\nTime:\(Self.time(now))")
            for detail in details { writer.element(detail.name, Self.carried(detail.value)) }
        }
        return writer.bytesWithMark
    }

    /// `2024-03-15T09:30:00.0000000Z`: with seven digits, as the service writes times.
    private static func time(_ date: Date) -> String {
        let ticks = Int((date.timeIntervalSince1970 * 1e7).rounded(.down))
        let fraction = String(((ticks % 10_000_000) + 10_000_000) % 10_000_000)
        let seconds = Date(timeIntervalSince1970: (date.timeIntervalSince1970).rounded(.down))
        let text = seconds.formatted(Date.ISO8601FormatStyle())
        return "\(text.dropLast()).\(String(repeating: "0", count: max(0, 7 - fraction.count)))\(fraction)Z"
    }

    /// What a client sent may hold anything; XML may not.
    private static func carried(_ text: String) -> String {
        XMLWriter.canCarry(text) ? text : PercentCoding.encode(text)
    }
}
