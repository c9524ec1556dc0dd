import Glibc

/// The system's random numbers, fit for secrets.
package enum SystemRandom {
    /// - Parameter bytes: at most 256, which is what one call gives.
    package static func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        precondition(getentropy(base, bytes.count) == 0, "the system has no random numbers")
    }

    /// - Parameter count: at most 256.
    package static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            fill(UnsafeMutableRawBufferPointer(buffer))
            filled = count
        }
    }
}
