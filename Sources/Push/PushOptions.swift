package import Base

/// How files are pushed.
package struct PushOptions: Sendable {
    /// Parts that are on their way at a time, at most.
    package var lanes = 4
    /// Bytes of a part where this client begins the upload.
    package var partBytes: UInt64 = 16 << 20
    /// Bytes a second of all lanes together; `nil` for as many as go.
    package var bytesPerSecondMax: UInt64?
    /// For how long nothing may go through before it is given up, in seconds.
    package var patienceSeconds = 1_800.0
    /// Whether a file is sent that the server has taken in before.
    package var sendsAgain = false
    package var clock: any Clock = SystemClock()

    package init() {}
}
