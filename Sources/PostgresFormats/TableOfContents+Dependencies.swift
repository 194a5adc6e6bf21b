extension TableOfContents {
    /// The entries in an order in which each comes after those it depends on, and otherwise as they are listed.
    ///
    /// pg_dump writes entries so already; an archive from elsewhere may not. Dependencies on entries that the archive
    /// does not have count for nothing. Throws `dependencyCycle` if there is no such order.
    public func inDependencyOrder() throws(ArchiveError) -> [TOCEntry] {
        enum Mark { case fresh, open, done }
        var marks = Array(repeating: Mark.fresh, count: count)
        var order: [TOCEntry] = []
        order.reserveCapacity(count)
        // A walk in depth with a stack of its own: a chain as long as a hostile archive likes must not end the process.
        var path: [(entry: Int, next: Int)] = []
        for root in indices where marks[root] == .fresh {
            marks[root] = .open
            path.append((root, 0))
            while let (entry, next) = path.last {
                let dependencies = layouts[entry].dependencies
                guard next < dependencies.count else {
                    marks[entry] = .done
                    order.append(self[entry])
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                guard let needed = index(of: dependencies[next]) else { continue }
                switch marks[needed] {
                case .done: continue
                case .open: throw ArchiveError(.dependencyCycle, "\(self[needed]) depends on itself")
                case .fresh:
                    marks[needed] = .open
                    path.append((needed, 0))
                }
            }
        }
        return order
    }
}
