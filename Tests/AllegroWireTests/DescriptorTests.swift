import Foundation
import SwiftProtobuf
import Testing

/// That the compiled `Protos/` say what the protocol's table says, name by name.
///
/// `Scripts/generate-protos --check` holds the compiled form and the sources together.
struct DescriptorTests {
    @Test(arguments: ["types.proto", "sidecar.proto", "aggregator.proto"])
    func theProtosAreTheProtocolsTable(file: String) throws {
        let url = try #require(
            Bundle.module.url(
                forResource: "descriptors", withExtension: "binpb", subdirectory: "Fixtures"))
        let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: Data(contentsOf: url))
        let descriptor = try #require(set.file.first { $0.name == file })
        #expect(descriptor.package == "tempo.fastpay.v1")
        #expect(descriptor.syntax == "proto3")
        let table = try #require(protocolTable[file])
        #expect(lines(of: descriptor) == table.split(separator: "\n").map(String.init).sorted())
    }

    private func lines(of file: Google_Protobuf_FileDescriptorProto) -> [String] {
        let services = file.service.flatMap { service in
            service.method.map { method in
                "rpc \(service.name).\(method.name)"
                    + " \(method.clientStreaming ? "stream " : "")\(shortName(method.inputType))"
                    + " -> \(method.serverStreaming ? "stream " : "")\(shortName(method.outputType))"
            }
        }
        return
            (file.messageType.flatMap { lines(of: $0) }
            + file.enumType.flatMap { lines(of: $0, in: "") } + services).sorted()
    }

    private func lines(of message: Google_Protobuf_DescriptorProto) -> [String] {
        let fields = message.field.map { field in
            let isOneof = field.hasOneofIndex && !field.proto3Optional
            return "\(message.name).\(field.name)#\(field.number)"
                + (field.label == .repeated ? " repeated" : "") + " \(typeName(of: field))"
                + (isOneof ? " in \(message.oneofDecl[Int(field.oneofIndex)].name)" : "")
        }
        return (fields.isEmpty ? ["\(message.name) empty"] : fields)
            + message.enumType.flatMap { lines(of: $0, in: "\(message.name).") }
    }

    private func lines(
        of enumeration: Google_Protobuf_EnumDescriptorProto, in scope: String
    ) -> [String] {
        enumeration.value.map { "\(scope)\(enumeration.name).\($0.name)=\($0.number)" }
    }

    private func typeName(of field: Google_Protobuf_FieldDescriptorProto) -> String {
        switch field.type {
        case .message, .enum: shortName(field.typeName)
        case .bytes: "bytes"
        case .string: "string"
        case .bool: "bool"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .double, .float, .int64, .int32, .fixed64, .fixed32, .group, .sfixed32, .sfixed64,
            .sint32, .sint64:
            "a type that the protocol does not use"
        }
    }

    private func shortName(_ qualified: String) -> String {
        qualified.replacing(".tempo.fastpay.v1.", with: "", maxReplacements: 1)
    }
}
