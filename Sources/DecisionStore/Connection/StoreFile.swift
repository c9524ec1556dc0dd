import Foundation
import Glibc
import Synchronization

/// The files of a store: the database, its `-wal` and `-shm`, and the lock that one router holds.
///
/// The database file itself is never opened here: closing a second descriptor of it would drop SQLite's own locks
/// (https://www.sqlite.org/howtocorrupt.html, 2.2).
struct StoreFile: Sendable {
    /// Absolute, without symbolic links, so that two names of one file meet in one lock.
    let path: String

    /// Makes the folder and an empty file, readable by its owner only, where they are missing.
    ///
    /// SQLite gives `-wal` and `-shm` the mode of the database.
    init(preparing path: String) throws(StoreError) {
        let url = URL(fileURLWithPath: path)
        let folder = url.deletingLastPathComponent().path
        if !FileManager.default.fileExists(atPath: folder) {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw StoreError(.cannotOpen, "store \(path): its folder cannot be made: \(Self.reason(errno))")
            }
        }
        let made = open(url.path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        if made >= 0 {
            close(made)
        } else if errno != EEXIST {
            let code: StoreError.Code = errno == ENOSPC ? .diskFull : errno == EROFS ? .readOnly : .cannotOpen
            throw StoreError(code, "store \(path): \(Self.reason(errno))")
        }
        self.path = try Self.resolved(url.path)
        var status = stat()
        guard stat(self.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw StoreError(.cannotOpen, "store \(path): not a regular file")
        }
        for suffix in ["", "-wal", "-shm"] { _ = chmod(self.path + suffix, 0o600) }
    }

    /// An existing file, to be read only.
    init(existing path: String) throws(StoreError) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw StoreError(.cannotOpen, "store \(path): no such file")
        }
        self.path = try Self.resolved(path)
    }

    private static func resolved(_ path: String) throws(StoreError) -> String {
        guard let real = realpath(path, nil) else {
            throw StoreError(.cannotOpen, "store \(path): \(reason(errno))")
        }
        defer { free(real) }
        return String(cString: real)
    }

    static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// What tells this file from another that took its name; nil where there is none.
    var identity: Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Identity(device: UInt64(status.st_dev), node: UInt64(status.st_ino))
    }

    struct Identity: Sendable, Equatable {
        let device: UInt64
        let node: UInt64
    }
}

/// The exclusive use of a store by one router: a lock on `STORE.lock` that the kernel drops when the process ends, however it ends.
final class RouterLock: Sendable {
    private let descriptor: Mutex<Int32?>

    init(_ file: StoreFile) throws(StoreError) {
        let path = file.path + ".lock"
        let opened = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            throw StoreError(
                .cannotOpen, "store \(file.path): its lock file cannot be opened: \(StoreFile.reason(errno))")
        }
        guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.holder(opened)
            close(opened)
            throw StoreError(
                .locked, "store \(file.path): in use by another router\(holder.map { " (process \($0))" } ?? "")")
        }
        let text = "\(getpid())\n"
        _ = ftruncate(opened, 0)
        _ = text.utf8CString.withUnsafeBytes { pwrite(opened, $0.baseAddress, $0.count - 1, 0) }
        descriptor = Mutex(opened)
    }

    deinit { release() }

    /// Lets another router have the store.
    func release() {
        descriptor.withLock { descriptor in
            if let descriptor {
                // A process that is being forked at this moment has the same open file until its `exec`: closing ours would not let go.
                _ = flock(descriptor, LOCK_UN)
                close(descriptor)
            }
            descriptor = nil
        }
    }

    /// The process id that the holder wrote, for the message only.
    private static func holder(_ descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 24)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes[..<count], as: UTF8.self).prefix { $0.isNumber })
    }
}
