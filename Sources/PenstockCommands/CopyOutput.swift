import AzureBlobs
import BlobStorage
import CommandLineKit
import Diagnostics

/// What `penstock copy` says.
struct CopyOutput: Sendable {
    let session: Session
    let ends: CopyEnds

    private var console: Console { session.world.console }
    private var reporter: Reporter { session.reporter }

    /// The plan alone, as data: what `--dry-run` is for.
    func show(_ plan: CopyPlan) throws {
        for item in plan.items {
            if reporter.isJSON {
                try console.json(CopyPlanLine(item, plan, ends))
            } else {
                let what = item.standing == .present ? "is there" : "copy"
                try console.line("\(what)  \(item.source) -> \(item.destination)  \(ByteCount(item.size))")
            }
        }
        announce(plan, verb: "would copy")
    }

    /// What is about to be done, and which way.
    func announce(_ plan: CopyPlan, verb: String = "copying") {
        let (missing, there) = (plan.missing.count, plan.items.count - plan.missing.count)
        let rest = there == 0 ? "" : "; \(there) are there already"
        reporter.say("\(verb) \(missing) blobs, \(ByteCount(plan.bytes)), \(way(of: plan))\(rest)")
    }

    private func way(of plan: CopyPlan) -> String {
        switch plan.way {
        case .server: "from service to service by \(ends.remote?.grant ?? "")"
        case .stream(let reason): "through this machine: \(reason)"
        }
    }

    /// One blob is done.
    func tell(_ outcome: CopyOutcome) throws {
        if reporter.isJSON { try console.json(CopyLine(outcome)) }
        reporter.log.info(
            "blob copied",
            [
                "blob": outcome.item.destination.text, "way": outcome.way.rawValue,
                "compared": outcome.checks.joined(separator: ","),
            ])
    }

    func end(_ plan: CopyPlan, _ copier: BlobCopier, in time: Duration) throws {
        if reporter.isJSON { try console.json(CopySummary(plan, copier, ends, time)) }
        let rate = ByteCount(Int(Double(plan.bytes) / max(time.seconds, 0.001)))
        reporter.say(
            "copied \(plan.missing.count) blobs, \(ByteCount(plan.bytes)) at \(rate)/s; "
                + "\(copier.streamedBytes) bytes went through this machine")
    }
}

/// A blob of the plan in `--json`.
private struct CopyPlanLine: Encodable {
    let type = "copy-plan"
    let source: String
    let destination: String
    let size: Int
    let blocks: Int
    /// `missing` or `present`.
    let standing: String
    /// `server` or `stream`.
    let way: String
    let reason: String?
    let grant: String?

    init(_ item: CopyItem, _ plan: CopyPlan, _ ends: CopyEnds) {
        source = item.source.text
        destination = item.destination.text
        size = item.size
        blocks = item.layout.blocks
        standing = item.standing == .missing ? "missing" : "present"
        if case .stream(let why) = plan.way {
            (way, reason, grant) = ("stream", why, nil)
        } else {
            (way, reason, grant) = ("server", nil, ends.remote?.grant)
        }
    }
}

/// A copied blob in `--json`.
private struct CopyLine: Encodable {
    let type = "copy"
    let source: String
    let destination: String
    let size: Int
    /// `server`, `stream` or `present`.
    let way: String
    let streamed: Int
    let blocks: Int
    let resumed: Int
    let compared: [String]

    init(_ outcome: CopyOutcome) {
        source = outcome.item.source.text
        destination = outcome.item.destination.text
        size = outcome.item.size
        way = outcome.way.rawValue
        streamed = outcome.streamed
        blocks = outcome.item.layout.blocks
        resumed = outcome.resumed
        compared = outcome.checks
    }
}

/// The end of a copy in `--json`.
private struct CopySummary: Encodable {
    let type = "copy-summary"
    let blobs: Int
    let bytes: Int
    let present: Int
    let streamed: Int
    let reason: String?
    let grant: String?
    let seconds: Double

    init(_ plan: CopyPlan, _ copier: BlobCopier, _ ends: CopyEnds, _ time: Duration) {
        blobs = plan.missing.count
        bytes = plan.bytes
        present = plan.items.count - plan.missing.count
        streamed = copier.streamedBytes
        if case .stream(let why) = plan.way {
            (reason, grant) = (why, nil)
        } else {
            (reason, grant) = (copier.reason, ends.remote?.grant)
        }
        seconds = time.seconds
    }
}
