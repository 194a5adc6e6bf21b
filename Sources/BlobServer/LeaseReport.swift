import BlobStorage
import FoundationEssentials
import HTTPMessages
import MarkupXML

/// What an answer says of a lease.
struct LeaseReport {
    let state: Lease.State
    /// How long it lasts; of a lease that is held only.
    let duration: String?

    init(_ lease: Lease?, at now: Date) {
        state = lease?.state(at: now) ?? .available
        duration = state == .leased ? (lease?.duration == nil ? "infinite" : "fixed") : nil
    }

    var status: String { [.leased, .breaking].contains(state) ? "locked" : "unlocked" }
}

extension HTTPFields {
    mutating func append(_ lease: LeaseReport) {
        append("x-ms-lease-status", lease.status)
        append("x-ms-lease-state", lease.state.rawValue)
        if let duration = lease.duration { append("x-ms-lease-duration", duration) }
    }
}

extension XMLWriter {
    mutating func write(_ lease: LeaseReport) {
        element("LeaseStatus", lease.status)
        element("LeaseState", lease.state.rawValue)
        if let duration = lease.duration { element("LeaseDuration", duration) }
    }
}
