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

    @Test("a tag with more attributes or bytes than the protocol has is refused before it costs time")
    func tags() {
        let many = (0..<100_000).map { " a\($0)=''" }.joined()
        let long = "<a b='\(String(repeating: "x>", count: 5000))'/>"
        for document in [
            "<a\(many)/>", "<a><!-- ' --><b\(many)></b></a>", "<a><![CDATA[<\"]]><b\(many)/></a>", "<?x '?><a\(many)/>",
            "<a><b></b\(String(repeating: " ", count: 9000))></a>", long, "<a>'\"</a><b\(many)/>",
        ] {
            #expect { try XMLReader.read(Array(document.utf8)) } throws: {
                ($0 as? XMLFailure)?.kind == .tagTooLong
            }
        }
    }

    @Test("what looks like a long tag and is none is read")
    func noTags() throws {
        let much = String(repeating: " a='>'", count: 5000)
        let text = "<?x \(much)?><!-- <b\(much) --><a c='>'>\(much)<![CDATA[<b\(much)]]><!--<-->x</a>"
        let root = try XMLReader.read(Array(text.utf8))
        #expect(root.text == "\(much)<b\(much)x")
        let attributes = (0..<32).map { " a\($0)='\($0)'" }.joined()
        #expect(try XMLReader.read(Array("<a\(attributes)/>".utf8)).attributes.count == 32)
    }

    @Test("another encoding, in which a tag could hide, is refused")
    func encodings() {
        let utf16 = "<a/>".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let utf7 = Array(#"<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-"#.utf8)
        for document in [utf16, [0xFF, 0xFE] + utf16, utf7, [0x4C, 0x81, 0x61, 0x6E]] {
            #expect(throws: XMLFailure.self) { try XMLReader.read(document) }
        }
    }
}
