import HTTP2
import Testing

@testable import GRPC

/// The small parts of the wire.
struct WireTests {
    @Test(
        arguments: [
            ("plain text", "plain text"), ("100%", "100%25"), ("a\nb", "a%0Ab"), ("✓", "%E2%9C%93"),
            ("~ ", "~ "), ("\u{7f}", "%7F"), ("", ""),
        ])
    func messagesArePercentEncoded(_ message: String, _ encoded: String) {
        #expect(String(decoding: StatusMessage.encode(message), as: UTF8.self) == encoded)
        #expect(StatusMessage.decode(encoded.utf8) == message)
    }

    @Test(arguments: [("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%41%", "A%"), ("%+1", "%+1")])
    func whatIsNotEncodedStaysAsItIs(_ encoded: String, _ message: String) {
        #expect(StatusMessage.decode(encoded.utf8) == message)
    }

    @Test
    func anEndlessMessageIsCutWithinTheTrailersLimit() {
        let encoded = StatusMessage.encode(String(repeating: "✓", count: 100_000))
        #expect(encoded.count <= StatusMessage.encodedBytesMax + 12)
        #expect(StatusMessage.decode(encoded).allSatisfy { $0 == "✓" })
    }

    @Test(
        arguments: [
            ("1H", Duration.seconds(3600)), ("2M", .seconds(120)), ("3S", .seconds(3)),
            ("4m", .milliseconds(4)), ("5u", .microseconds(5)), ("6n", .nanoseconds(6)),
            ("99999999H", .seconds(99_999_999 * 3600)), ("00000001S", .seconds(1)),
        ])
    func timeoutsAreRead(_ field: String, _ timeout: Duration) {
        #expect(GRPCTimeout.parse(Array(field.utf8)) == timeout)
    }

    @Test(arguments: ["", "S", "1", "123456789S", "1s", " 1S", "1 S", "+1S", "-1S", "0x1S"])
    func malformedTimeoutsAreNotRead(_ field: String) {
        #expect(GRPCTimeout.parse(Array(field.utf8)) == nil)
    }

    @Test(
        arguments: [
            Duration.zero, .nanoseconds(1), .microseconds(1), .milliseconds(1500), .seconds(30),
            .seconds(86_400), .seconds(100_000_000), .seconds(1_000_000_000_000),
        ])
    func aWrittenTimeoutIsReadBackWithoutGrowing(_ timeout: Duration) throws {
        let read = try #require(GRPCTimeout.parse(Array(GRPCTimeout.format(timeout).utf8)))
        #expect(read <= timeout)
        #expect(read >= timeout * 0.99 || timeout > .seconds(99_999_999 * 3600))
    }

    @Test
    func timesBeyondTheirRangeAreWrittenAsTheNearest() {
        #expect(GRPCTimeout.format(.seconds(-5)) == "0n")
        #expect(GRPCTimeout.format(.seconds(Int64.max)).utf8.count <= 9)
    }

    @Test
    func messagesAreTakenAsTheyBecomeWhole() {
        var queue = ByteQueue()
        MessageFraming.write([1, 2, 3], into: &queue)
        MessageFraming.write([], into: &queue)
        let bytes = queue.take(from: 0, to: queue.count)
        #expect(bytes == [0, 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 0])
        var messages: [[UInt8]] = []
        for byte in bytes {
            withUnsafeBytes(of: byte) { queue.append($0) }
            while case .message(let message) = MessageFraming.next(&queue, bytesMax: 3) {
                messages.append(message)
            }
        }
        #expect(messages == [[1, 2, 3], []])
        #expect(queue.isEmpty)
    }

    @Test
    func metadataIsCheckedWhenItIsMade() throws {
        var metadata = RPCMetadata()
        #expect(throws: RPCMetadata.Invalid.name("Upper")) { try metadata.append("Upper", "x") }
        #expect(throws: RPCMetadata.Invalid.name("")) { try metadata.append("", "x") }
        #expect(throws: RPCMetadata.Invalid.name(":path")) { try metadata.append(":path", "x") }
        #expect(throws: RPCMetadata.Invalid.reservedName("grpc-status")) {
            try metadata.append("grpc-status", "0")
        }
        #expect(throws: RPCMetadata.Invalid.text("x")) { try metadata.append("x", "a\nb") }
        #expect(throws: RPCMetadata.Invalid.text("x")) { try metadata.append("x", " a") }
        #expect(throws: RPCMetadata.Invalid.text("x-bin")) { try metadata.append("x-bin", "a") }
        #expect(throws: RPCMetadata.Invalid.binaryName("x")) {
            try metadata.append("x", binary: [1])
        }
        #expect(metadata.isEmpty)
    }

    @Test
    func metadataSurvivesTheWire() throws {
        var metadata = RPCMetadata()
        try metadata.append("x-a", "one")
        try metadata.append("x-a", "two")
        for count in 0..<5 {
            try metadata.append("x-bin", binary: [UInt8](repeating: 0xfe, count: count))
        }
        var headers = HTTP2Headers()
        metadata.append(to: &headers)
        #expect(RPCMetadata(headers) == metadata)
    }

    @Test
    func binaryMetadataIsReadWithPaddingAndInLists() {
        var headers = HTTP2Headers()
        headers.append("x-bin", "AQI=,AwQ, BQ==")
        headers.append("y-bin", "?")
        headers.append(":path", "/")
        headers.append("grpc-timeout", "1S")
        let metadata = RPCMetadata(headers)
        #expect(
            metadata.entries.map(\.value) == [.binary([1, 2]), .binary([3, 4]), .binary([5])])
    }

    @Test
    func deadlinesComeInTheirOrder() {
        var heap = DeadlineHeap<Int>()
        let times = (0..<1000).map { UInt64(($0 * 7919) % 1000) }
        for time in times { heap.insert(Int(time), at: time) { _ in true } }
        #expect(heap.nextTime == 0)
        var taken: [Int] = []
        while let item = heap.popDue(now: 499) { taken.append(item) }
        #expect(taken == Array(0..<500))
        #expect(heap.nextTime == 500)
    }

    @Test
    func deadlinesThatNobodyAwaitsAreForgotten() {
        var heap = DeadlineHeap<Int>()
        for index in 0..<100_000 {
            heap.insert(index, at: UInt64(1_000_000 + index)) { $0 > index - 10 }
        }
        var count = 0
        while heap.popDue(now: .max) != nil { count += 1 }
        #expect(count <= 512)
    }

    @Test
    func pausesGrowUpToTheirLimit() {
        var limits = GRPCLimits()
        limits.backoffMilliseconds = 100
        limits.backoffMillisecondsMax = 1000
        var backoff = Backoff(limits: limits)
        let pauses = (0..<8).map { _ in backoff.onFailure(random: 0.5) / 1_000_000 }
        #expect(pauses == [100, 160, 256, 409, 655, 1000, 1000, 1000])
        backoff.onSuccess()
        #expect(backoff.onFailure(random: 0) == 80_000_000)
        backoff.onSuccess()
        #expect(backoff.onFailure(random: 1) == 120_000_000)
    }

    @Test
    func limitsPrintThemselves() {
        let text = GRPCLimits().description
        #expect(text.contains("messageBytesMax=4194304"))
        #expect(text.contains("concurrentStreamsMax=1024"))
    }
}
