import Testing

@testable import AzureStage

@Suite("JSON on the stage")
struct JSONValueTests {
    @Test("changes are laid over what is there, and null takes away")
    func merging() throws {
        let old = try #require(JSONValue(json: Array(#"{"a":{"b":1,"c":[1,2]},"d":true,"e":"x"}"#.utf8)))
        let patch = try #require(JSONValue(json: Array(#"{"a":{"c":[3],"f":null},"e":null,"g":{"h":null}}"#.utf8)))
        let text = String(decoding: old.merged(with: patch).json, as: UTF8.self)
        #expect(text == #"{"a":{"b":1,"c":[3]},"d":true,"g":{}}"#)
    }

    @Test("a document reads back as it was", arguments: [#"{"a":[null,true,1,1.5,"ü/\"",{}]}"#, "[]", "-3", "null"])
    func roundTrip(text: String) throws {
        let value = try #require(JSONValue(json: Array(text.utf8)))
        #expect(String(decoding: value.json, as: UTF8.self) == text)
    }

    @Test("what is no JSON is none", arguments: ["", "{", "{\"a\":}", "\u{0}", "nul"])
    func malformed(text: String) {
        #expect(JSONValue(json: Array(text.utf8)) == nil)
    }

    @Test("nesting without end is no JSON")
    func deep() {
        #expect(JSONValue(json: Array(String(repeating: "[", count: 1 << 20).utf8)) == nil)
    }
}
