import BlobServer
import Diagnostics
import Testing

@Suite("The file of a fault plan")
struct FaultPlanTests {
    @Test("says everything that a plan can hold")
    func everything() throws {
        let text = """
            {"seed": 42, "rules": [
              {"fault": "delay", "milliseconds": 20.5},
              {"fault": "bandwidth", "bytes-per-second": 1000000, "operations": "*", "rate": 0.25},
              {"fault": "status", "status": 503, "retry-after": 2, "operations": ["PutBlock", "PutBlob"], "at": [3, 7]},
              {"fault": "status", "status": 500, "after": {"requests": 10}, "until": {"seconds": 1.5}},
              {"fault": "reset"}, {"fault": "truncate"}, {"fault": "stall", "seconds": 5}, {"fault": "lose-answer"}
            ]}
            """
        let plan = try ServerFaultPlan(json: Array(text.utf8))
        #expect(
            plan
                == ServerFaultPlan(
                    seed: 42,
                    rules: [
                        .init(.delay(.milliseconds(20.5))), .init(.bandwidth(1_000_000), .rate(0.25)),
                        .init(.status(503, retryAfter: 2), of: ["PutBlock", "PutBlob"], .numbers([3, 7])),
                        .init(.status(500, retryAfter: nil), after: .requests(10), until: .time(.seconds(1.5))),
                        .init(.reset), .init(.truncate), .init(.stall(.seconds(5))), .init(.loseAnswer),
                    ]))
        #expect(try ServerFaultPlan(json: Array(#"{"rules": []}"#.utf8)) == ServerFaultPlan(rules: []))
    }

    @Test(
        "each mistake is one error that names its place",
        arguments: [
            ("[]", "its top"), ("{}", "rules"), ("3", "its top"), (#"{"rules": {}}"#, "rules"),
            (#"{"rules": [], "sead": 1}"#, "sead"), (#"{"rules": [], "seed": -1}"#, "seed"),
            (#"{"rules": [], "seed": 1.5}"#, "seed"), (#"{"rules": [], "seed": 1e300}"#, "seed"),
            (#"{"rules": [], "seed": "1"}"#, "seed"), (#"{"rules": [3]}"#, "rules[0]"),
            (#"{"rules": [{}]}"#, "rules[0]"), (#"{"rules": [{"fault": "burn"}]}"#, "rules[0].fault"),
            (#"{"rules": [{"fault": 1}]}"#, "rules[0].fault"),
            (#"{"rules": [{"fault": "reset"}, {"fault": "reset", "rat": 1}]}"#, "rules[1].rat"),
            (#"{"rules": [{"fault": "reset", "seconds": 1}]}"#, "rules[0].seconds"),
            (#"{"rules": [{"fault": "reset", "rate": 1.01}]}"#, "rules[0].rate"),
            (#"{"rules": [{"fault": "reset", "rate": -0.1}]}"#, "rules[0].rate"),
            (#"{"rules": [{"fault": "reset", "rate": true}]}"#, "rules[0].rate"),
            (#"{"rules": [{"fault": "reset", "rate": 1, "at": [1]}]}"#, "rules[0]"),
            (#"{"rules": [{"fault": "reset", "at": []}]}"#, "rules[0].at"),
            (#"{"rules": [{"fault": "reset", "at": [1, 0]}]}"#, "rules[0].at[1]"),
            (#"{"rules": [{"fault": "reset", "operations": "PutBlob"}]}"#, "rules[0].operations"),
            (#"{"rules": [{"fault": "reset", "operations": []}]}"#, "rules[0].operations"),
            (#"{"rules": [{"fault": "reset", "operations": ["PutBlob", "Put"]}]}"#, "rules[0].operations[1]"),
            (#"{"rules": [{"fault": "reset", "after": 3}]}"#, "rules[0].after"),
            (#"{"rules": [{"fault": "reset", "until": {}}]}"#, "rules[0].until"),
            (#"{"rules": [{"fault": "reset", "until": {"requests": 1, "seconds": 1}}]}"#, "rules[0].until"),
            (#"{"rules": [{"fault": "reset", "until": {"requests": -1}}]}"#, "rules[0].until.requests"),
            (#"{"rules": [{"fault": "delay"}]}"#, "rules[0]"),
            (#"{"rules": [{"fault": "delay", "milliseconds": 1e12}]}"#, "rules[0].milliseconds"),
            (#"{"rules": [{"fault": "bandwidth", "bytes-per-second": 0}]}"#, "rules[0].bytes-per-second"),
            (#"{"rules": [{"fault": "status", "status": 404}]}"#, "rules[0].status"),
            (#"{"rules": [{"fault": "status", "status": 503, "retry-after": 1.5}]}"#, "rules[0].retry-after"),
            (#"{"rules": [{"fault": "stall", "seconds": -1}]}"#, "rules[0].seconds"),
        ])
    func mistakes(text: String, place: String) throws {
        let error = #expect(throws: FaultPlanError.self) { try ServerFaultPlan(json: Array(text.utf8)) }
        #expect(error?.kind == .invalid)
        #expect(error?.place == place)
        #expect(error?.problem.isEmpty == false)
        #expect(error?.exitCode == .wrongUsage)
    }

    @Test(
        "what is no JSON is said to be none",
        arguments: ["", "{", "{\"rules\": [}", "\u{0}", String(repeating: "[", count: 100_000)])
    func noJSON(text: String) {
        let error = #expect(throws: FaultPlanError.self) { try ServerFaultPlan(json: Array(text.utf8)) }
        #expect(error?.kind == .notJSON)
    }

    @Test("more rules than anybody writes are refused")
    func tooMany() {
        let rules = Array(repeating: #"{"fault": "reset"}"#, count: 1001).joined(separator: ",")
        let error = #expect(throws: FaultPlanError.self) {
            try ServerFaultPlan(json: Array("{\"rules\": [\(rules)]}".utf8))
        }
        #expect(error?.place == "rules")
    }
}
