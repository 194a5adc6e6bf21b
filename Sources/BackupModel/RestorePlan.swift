/// Which databases of a recovery point go where, decided before anything is touched.
public struct RestorePlan: Sendable, Equatable {
    /// What the person asked for.
    public struct Request: Sendable, Equatable {
        /// The databases to restore; all of the set if empty.
        public var only: [String]
        /// New names, by old name.
        public var rename: [String: String]
        /// The database to connect to, and without `create` the one to restore a single database into.
        public var connectTo: String?
        public var create: Bool
        /// Objects of the archive are dropped first.
        public var clean: Bool
        /// Databases that are not empty were being restored, and that goes on.
        public var continues: Bool

        public init(
            only: [String] = [], rename: [String: String] = [:], connectTo: String? = nil, create: Bool = false,
            clean: Bool = false, continues: Bool = false
        ) {
            self.only = only
            self.rename = rename
            self.connectTo = connectTo
            self.create = create
            self.clean = clean
            self.continues = continues
        }
    }

    /// What is known of a database of the target.
    public enum Target: Sendable, Equatable {
        case absent
        /// The restore that is gone on with has brought it to its end.
        case finished
        /// There, without objects of its own.
        case empty
        case occupied
        /// There, and a part of an archive is to go into it: some tables of that part exist already, others that exist are
        /// to be filled. The part may hold nothing that could be dropped.
        case shared(existing: [String], fillsOthers: Bool, isDroppable: Bool)
    }

    public enum Preparation: Sendable, Equatable {
        /// The target is there already.
        case none
        /// pg_restore makes it, with owner, privileges and settings.
        case createByArchive
        /// It is made from what the manifest says, since pg_restore knows only the old name.
        case createByName
    }

    public struct Step: Sendable, Equatable {
        public let source: String
        public let target: String
        public let preparation: Preparation
        /// Objects that are there already may be dropped or added to.
        public let touchesExisting: Bool
        /// What is restored is dropped first, as far as it is there.
        public let cleans: Bool
        /// What an interrupted restore left undone is done.
        public let continues: Bool

        public var isRenamed: Bool { source != target }
    }

    public let steps: [Step]
    /// Databases of the target that need nothing more.
    public let finished: [String]

    /// - Parameters:
    ///   - available: The databases of the set, in its order.
    ///   - targets: The state of each database of the target, by name; those left out are absent.
    public init(
        _ request: Request, available: [String], targets: [String: Target]
    ) throws(RestorePlanError) {
        let pairs = try Self.pairs(request, available: available)
        finished = pairs.map(\.target).filter { targets[$0] == .finished }
        steps = try pairs.map { pair throws(RestorePlanError) in
            try Self.step(pair, request, target: targets[pair.target] ?? .absent)
        }.compactMap(\.self)
    }

    /// The databases to restore, and those of the target whose state the plan will ask for.
    public static func pairs(
        _ request: Request, available: [String]
    ) throws(RestorePlanError) -> [(source: String, target: String)] {
        for name in request.only + request.rename.keys.sorted() where !available.contains(name) {
            throw .unknownDatabase(name, available: available)
        }
        let chosen = request.only.isEmpty ? available : available.filter(request.only.contains)
        guard !chosen.isEmpty else { throw .nothingToRestore }
        var pairs: [(source: String, target: String)] = []
        for source in chosen {
            let target = request.rename[source] ?? own(source, request, single: chosen.count == 1)
            if let other = pairs.first(where: { $0.target == target }) {
                throw .sameTarget(target, other.source, source)
            }
            pairs.append((source, target))
        }
        return pairs
    }

    /// Where a database that is not renamed goes: as with pg_restore, a single one goes into the database connected to.
    private static func own(_ source: String, _ request: Request, single: Bool) -> String {
        guard single, !request.create, let connectTo = request.connectTo else { return source }
        return connectTo
    }

    private static func step(
        _ pair: (source: String, target: String), _ request: Request, target: Target
    ) throws(RestorePlanError) -> Step? {
        switch target {
        case .finished: return nil
        case .absent:
            guard request.create else { throw .targetMissing(pair.target) }
            return Step(pair, pair.source == pair.target ? .createByArchive : .createByName)
        // What is no table may be there all the same.
        case .empty: return Step(pair, .none, cleans: request.clean)
        case .occupied:
            guard request.clean || request.continues else { throw .targetOccupied(pair.target) }
            return Step(
                pair, .none, touchesExisting: true, cleans: request.clean, continues: request.continues)
        case .shared(let existing, let fillsOthers, let isDroppable):
            let cleans = request.clean && isDroppable
            guard cleans || existing.isEmpty else { throw .tablesExist(pair.target, existing) }
            return Step(pair, .none, touchesExisting: cleans || fillsOthers, cleans: cleans)
        }
    }
}

extension RestorePlan.Step {
    fileprivate init(
        _ pair: (source: String, target: String), _ preparation: RestorePlan.Preparation, touchesExisting: Bool = false,
        cleans: Bool = false, continues: Bool = false
    ) {
        self.init(
            source: pair.source, target: pair.target, preparation: preparation, touchesExisting: touchesExisting,
            cleans: cleans, continues: continues)
    }
}
