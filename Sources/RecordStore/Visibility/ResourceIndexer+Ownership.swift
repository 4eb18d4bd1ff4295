internal import Base
internal import FHIR
internal import Vault

extension ResourceIndexer {
    /// The token of every resource that might lie in a patient's compartment, by its type, and lies in none.
    var unownedToken: UInt64 { identityToken(of: "in no compartment") }

    /// The token of every version of a Patient that an account wrote: its first versions tell which records the account
    /// made. `nil` for what Martlet or its operator writes.
    func writerToken(_ writer: String) -> UInt64? {
        guard writer.hasPrefix("user/") || writer.hasPrefix("client/") else { return nil }
        return identityToken(of: "patient written by " + writer)
    }

    private func identityToken(of text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { SipHash.hash128(UnsafeRawBufferPointer($0), key: keys.identityKey).low }
    }
}
