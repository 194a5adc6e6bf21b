import PostgresTools
import Testing

@testable import LogicalBackup

@Suite("What a client program says")
struct ToolMessagesTests {
    @Test("is counted beyond what is kept, and its last words are known")
    func many() {
        let messages = ToolMessages()
        for number in 0..<ToolMessages.limit + 500 { messages.receive("pg_restore: error: number \(number)") }
        messages.receive("pg_restore: warning: errors ignored on restore: 1500")
        #expect(messages.all.count == ToolMessages.limit)
        #expect(messages.errorCount == ToolMessages.limit + 500)
        #expect(messages.ignoredErrors == 1500)
    }

    @Test("that errors were passed over is believed only of the very last words")
    func forged() {
        let messages = ToolMessages()
        messages.receive("WARNING:  errors ignored on restore: 0")
        messages.receive("pg_restore: error: could not read from input file: end of file")
        #expect(messages.ignoredErrors == nil)
        messages.receive("pg_restore: error: x: errors ignored on restore: 1")
        #expect(messages.ignoredErrors == nil)
    }

    @Test("hides no error behind a thousand that were expected")
    func expected() {
        let messages = ToolMessages { $0.state == "42710" }
        for number in 0..<2 * ToolMessages.limit {
            messages.receive("psql:<stdin>:\(number): ERROR:  42710: role exists already")
        }
        messages.receive("psql:<stdin>:9999: ERROR:  42501: permission denied")
        #expect(messages.errorCount == 1)
        #expect(messages.all.map(\.text) == ["permission denied"])
    }
}
