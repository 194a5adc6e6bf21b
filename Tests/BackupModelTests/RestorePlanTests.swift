import BackupModel
import Testing

@Suite("Restore plans")
struct RestorePlanTests {
    private typealias Request = RestorePlan.Request
    private let available = ["app", "sales", "postgres"]

    private func plan(
        _ request: RestorePlan.Request, _ targets: [String: RestorePlan.Target] = [:]
    ) throws -> RestorePlan {
        try RestorePlan(request, available: available, targets: targets)
    }

    @Test("with --create, what is absent is made by the archive and what is empty is filled")
    func create() throws {
        let steps = try plan(Request(create: true), ["postgres": .empty]).steps
        #expect(steps.map(\.target) == available)
        #expect(steps.map(\.preparation) == [.createByArchive, .createByArchive, .none])
        #expect(steps.allSatisfy { !$0.touchesExisting })
    }

    @Test("a renamed database is made under its new name")
    func rename() throws {
        let steps = try plan(Request(only: ["app"], rename: ["app": "copy"], create: true)).steps
        #expect(steps.map(\.target) == ["copy"])
        #expect(steps[0].preparation == .createByName)
    }

    @Test("a single database goes into the one connected to, as with pg_restore; several do not")
    func connectTo() throws {
        let one = try plan(Request(only: ["app"], connectTo: "scratch"), ["scratch": .empty])
        #expect(one.steps.map(\.target) == ["scratch"])
        let all = try plan(
            Request(connectTo: "scratch"), ["app": .empty, "sales": .empty, "postgres": .empty])
        #expect(all.steps.map(\.target) == available)
        let created = try plan(Request(only: ["app"], connectTo: "postgres", create: true))
        #expect(created.steps.map(\.target) == ["app"])
    }

    @Test("what is occupied is touched only with --clean")
    func occupied() throws {
        #expect(throws: RestorePlanError.targetOccupied("app")) {
            try plan(Request(only: ["app"], create: true), ["app": .occupied])
        }
        let step = try plan(Request(only: ["app"], clean: true), ["app": .occupied]).steps[0]
        #expect(step.touchesExisting && !step.continues)
        #expect(step.preparation == .none)
    }

    @Test("a part goes in beside what is there; tables of it that are there already are only filled or dropped first")
    func shared() throws {
        func step(
            _ existing: [String], fills: Bool = false, clean: Bool = false, isDroppable: Bool = true
        ) throws -> RestorePlan.Step {
            let target = RestorePlan.Target.shared(
                existing: existing, fillsOthers: fills, isDroppable: isDroppable)
            return try #require(try plan(Request(only: ["app"], clean: clean), ["app": target]).steps.first)
        }
        #expect(try !step([]).touchesExisting)
        #expect(try step([], fills: true).touchesExisting)
        #expect(try step(["public.t"], clean: true).touchesExisting)
        // A function, for instance, is not looked for.
        #expect(try step([], clean: true).cleans && step([], clean: true).touchesExisting)
        #expect(try !step([], fills: true, clean: true, isDroppable: false).cleans)
        #expect(throws: RestorePlanError.tablesExist("app", ["public.t"])) { try step(["public.t"]) }
        let many = RestorePlanError.tablesExist("app", (1...7).map { "t\($0)" })
        #expect(many.summary.hasSuffix("has t1, t2, t3, t4, t5 and 2 more already"))
    }

    @Test("with --clean, what is in a database without tables is dropped, too; what is made anew has nothing to drop")
    func cleansEmpty() throws {
        let steps = try plan(Request(create: true, clean: true), ["app": .empty]).steps
        #expect(steps.map(\.cleans) == [true, false, false] && steps.allSatisfy { !$0.touchesExisting })
    }

    @Test("what the interrupted restore has finished needs no step")
    func finished() throws {
        let plan = try plan(Request(continues: true), ["app": .finished, "sales": .occupied, "postgres": .empty])
        #expect(plan.finished == ["app"] && plan.steps.map(\.target) == ["sales", "postgres"])
    }

    @Test("with --continue, only what is occupied is gone on with")
    func continues() throws {
        let steps = try plan(
            Request(create: true, continues: true), ["app": .occupied, "sales": .empty]
        ).steps
        #expect(steps.first { $0.target == "app" }?.continues == true)
        #expect(steps.filter(\.continues).map(\.target) == ["app"])
        #expect(steps.filter(\.touchesExisting).map(\.target) == ["app"])
    }

    @Test("an absent target without --create, an unknown name, and two into one are refused")
    func refusals() {
        #expect(throws: RestorePlanError.targetMissing("app")) { try plan(Request(only: ["app"])) }
        #expect(throws: RestorePlanError.unknownDatabase("nope", available: available)) {
            try plan(Request(only: ["nope"]))
        }
        #expect(throws: RestorePlanError.unknownDatabase("nope", available: available)) {
            try plan(Request(rename: ["nope": "x"]))
        }
        #expect(throws: RestorePlanError.sameTarget("sales", "app", "sales")) {
            try plan(Request(rename: ["app": "sales"], create: true))
        }
        #expect(throws: RestorePlanError.nothingToRestore) {
            try RestorePlan(Request(), available: [], targets: [:])
        }
    }
}
