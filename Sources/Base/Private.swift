/// A value of a patient: it never prints. Logs, errors and descriptions show `‹private›`.
package struct Private<Value>: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The value itself, for code that has a right to it.
    package let value: Value

    package init(_ value: Value) {
        self.value = value
    }

    package var description: String { "‹private›" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Private: Sendable where Value: Sendable {}
extension Private: Equatable where Value: Equatable {}
extension Private: Hashable where Value: Hashable {}
