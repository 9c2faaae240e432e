import Testing

@testable import AllegroCrypto

/// The strict reading of a passkey's clientDataJSON.
struct ClientDataReaderTests {
    private func read(_ text: String) -> ClientDataReader.ClientData? {
        ClientDataReader.read(Array(text.utf8)[...])
    }

    @Test(arguments: [
        #"{"type":"webauthn.get","challenge":"abc"}"#,
        #" { "challenge" : "abc" , "type" : "webauthn.get" } "#,
        "\t{\r\n\"type\":\"webauthn.get\",\"challenge\":\"abc\"}\n",
        #"{"type":"webauthn.get","challenge":"abc","origin":"https:\/\/a.example","crossOrigin":false}"#,
        #"{"o":{"type":"x","a":[1,-0.5e+3,null,true,{}]},"type":"webauthn.get","challenge":"abc"}"#,
        #"{"o":"\u0041\"\\","type":"webauthn.get","challenge":"abc","n":[[],0,10,1E9,"ü"]}"#,
    ])
    func anObjectWithBothMembersIsRead(text: String) {
        #expect(read(text) == .init(type: "webauthn.get", challenge: "abc"))
    }

    @Test(arguments: [
        "",
        "{}",
        "null",
        #"["webauthn.get","abc"]"#,
        #"{"type":"webauthn.get"}"#,
        #"{"challenge":"abc"}"#,
        #"{"type":"webauthn.get","challenge":"abc","type":"webauthn.get"}"#,
        #"{"type":"webauthn.get","challenge":"abc","challenge":"abd"}"#,
        #"{"type":"webauthn.get","challenge":"a\u0062c"}"#,
        #"{"type":"webauthn\u002eget","challenge":"abc"}"#,
        #"{"t\u0079pe":"x","type":"webauthn.get","challenge":"abc"}"#,
        #"{"type":"webauthn.get","challenge":"abc"}x"#,
        #"{"type":"webauthn.get","challenge":"abc"}{}"#,
        #"{"type":"webauthn.get","challenge":"abc",}"#,
        #"{,"type":"webauthn.get","challenge":"abc"}"#,
        #"{"type":"webauthn.get" "challenge":"abc"}"#,
        #"{"type" "webauthn.get","challenge":"abc"}"#,
        #"{"type":"webauthn.get","challenge":"abc""#,
        #"{"type":"webauthn.get","challenge":"abc"#,
        #"{"type":"webauthn.get","challenge":1}"#,
        #"{"type":null,"challenge":"abc"}"#,
        #"{type:"webauthn.get","challenge":"abc"}"#,
        #"{'type':'webauthn.get','challenge':'abc'}"#,
        #"{"type":"webauthn.get","challenge":"abc","n":01}"#,
        #"{"type":"webauthn.get","challenge":"abc","n":1.}"#,
        #"{"type":"webauthn.get","challenge":"abc","n":.5}"#,
        #"{"type":"webauthn.get","challenge":"abc","n":-}"#,
        #"{"type":"webauthn.get","challenge":"abc","n":1e}"#,
        #"{"type":"webauthn.get","challenge":"abc","n":+1}"#,
        #"{"type":"webauthn.get","challenge":"abc","n":tru}"#,
        #"{"type":"webauthn.get","challenge":"abc","n":[1 2]}"#,
        #"{"type":"webauthn.get","challenge":"abc","n":[1,]}"#,
        #"{"type":"webauthn.get","challenge":"abc","n":{"a"}}"#,
        #"{"type":"webauthn.get","challenge":"abc","n":"\x"}"#,
        #"{"type":"webauthn.get","challenge":"abc","n":"\u00g0"}"#,
        "{\"type\":\"webauthn.get\",\"challenge\":\"abc\",\"n\":\"\u{1}\"}",
        "\u{feff}{\"type\":\"webauthn.get\",\"challenge\":\"abc\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"abc\"}\u{0}",
        "\u{c}{\"type\":\"webauthn.get\",\"challenge\":\"abc\"}",
    ])
    func anythingElseIsRefused(text: String) {
        #expect(read(text) == nil)
    }

    @Test func textThatIsNoUTF8IsRefused() {
        var bytes = Array(#"{"type":"webauthn.get","challenge":"abc","n":"?"}"#.utf8)
        #expect(ClientDataReader.read(bytes[...]) != nil)
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "?") {
            bytes[index] = 0xff
        }
        #expect(ClientDataReader.read(bytes[...]) == nil)
    }

    @Test func membersNestAsDeepAsTheLimitAndNoDeeper() {
        func text(depth: Int) -> String {
            #"{"type":"webauthn.get","challenge":"abc","n":"#
                + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(read(text(depth: ClientDataReader.depthMax)) != nil)
        #expect(read(text(depth: ClientDataReader.depthMax + 1)) == nil)
        #expect(read(text(depth: 100_000)) == nil)
        let objects = String(repeating: #"{"a":"#, count: 1_000)
        #expect(read(#"{"type":"webauthn.get","challenge":"abc","n":"# + objects) == nil)
    }

    @Test(
        arguments: [
            ([], ""),
            ([0x00], "AA"),
            ([0xff, 0xef], "_-8"),
            ([0x66, 0x6f, 0x6f], "Zm9v"),
            ([0x66, 0x6f, 0x6f, 0x62], "Zm9vYg"),
        ] as [([UInt8], String)])
    func base64URLIsWrittenWithoutPadding(bytes: [UInt8], text: String) {
        #expect(Base64URL.encode(bytes) == text)
    }
}
