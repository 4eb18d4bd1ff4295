/// How a request is signed with AWS Signature Version 4.
struct RequestSignature {
    var region: String
    var service: String
    var keyID: String
    var secret: String
}
