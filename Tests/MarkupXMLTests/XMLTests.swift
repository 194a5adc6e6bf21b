import MarkupXML
import TestSupport
import Testing

@Suite("XML")
struct XMLTests {
    @Test(
        "every recorded document of the service is read", arguments: try Fixtures.names(in: "blob-xml", suffix: ".xml"))
    func recorded(name: String) throws {
        let root = try XMLReader.read(Fixtures.bytes("blob-xml/" + name))
        #expect(!root.name.isEmpty)
    }

    @Test("what is written is read back, with every character that XML can carry")
    func roundTrip() throws {
        let odd = "a <b> & \"c\" 'd' \r\n\té日本\u{1F600} ]]> "
        var writer = XMLWriter()
        writer.element("Root", attributes: ["Name": odd]) { writer in
            writer.element("Text", odd)
            writer.element("Empty", "")
            writer.element("None") { _ in }
        }
        let root = try XMLReader.read(writer.bytesWithMark)
        #expect(root["Text"]?.text == odd)
        #expect(root["Empty"] == XMLElement("Empty"))
        #expect(writer.text.contains("<Empty /><None />"))
        #expect(root.text(of: "Empty") == nil)
    }

    @Test("a character that XML cannot carry does not make a document unreadable", arguments: ["\u{1}", "\u{FFFF}"])
    func replaced(character: String) throws {
        var writer = XMLWriter()
        writer.element("Root", attributes: ["Name": character]) { $0.element("Text", "a\(character)b") }
        let root = try XMLReader.read(writer.bytesWithMark)
        #expect(root["Text"]?.text == "a\u{FFFD}b" && root.attributes["Name"] == "\u{FFFD}")
    }

    @Test("characters that XML cannot carry are known", arguments: ["\u{0}", "\u{8}", "\u{FFFE}", "a\u{FFFF}"])
    func uncarried(text: String) {
        #expect(!XMLWriter.canCarry(text))
    }

    @Test(
        "broken documents are refused",
        arguments: ["", "<", "<a>", "<a></b>", "<a/><b/>", "<a>&x;</a>", "text", "<a x=1/>", "\u{FEFF}"])
    func broken(document: String) {
        #expect(throws: XMLFailure.self) { try XMLReader.read(Array(document.utf8)) }
    }

    @Test("a document type is refused, whatever it defines")
    func documentType() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"cc\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]><a>&b;&c;</a>"
        #expect { try XMLReader.read(Array(bomb.utf8)) } throws: { ($0 as? XMLFailure)?.kind == .documentType }
    }

    @Test("depth and number of elements are bounded")
    func bounds() {
        let deep = String(repeating: "<a>", count: 40) + String(repeating: "</a>", count: 40)
        #expect { try XMLReader.read(Array(deep.utf8)) } throws: { ($0 as? XMLFailure)?.kind == .tooComplex }
        let wide = "<a>" + String(repeating: "<b/>", count: 200) + "</a>"
        #expect { try XMLReader.read(Array(wide.utf8), limit: 100) } throws: {
            ($0 as? XMLFailure)?.kind == .tooComplex
        }
    }
}
