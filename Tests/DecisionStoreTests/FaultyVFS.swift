import CSQLite
import Glibc
import Synchronization

/// A SQLite VFS that works until told to fail: the platform's, with faults put in between.
///
/// The layout of an open file is `sqlite3_file` of ours, the switchboard, then the platform's own `sqlite3_file`.
final class FaultyVFS: Sendable {
    /// What is to go wrong; result codes of SQLite, 0 for nothing.
    struct Faults {
        var write: Int32 = 0
        var sync: Int32 = 0
        var read: Int32 = 0
        var lock: Int32 = 0
        /// Writes that still succeed before `write` strikes.
        var writesLeft = 0
    }

    let name: String
    let faults = Mutex(Faults())
    /// Operations that were made to fail.
    let struck = Atomic<Int>(0)

    private static let counter = Atomic<Int>(0)

    init() {
        name = "faulty-\(FaultyVFS.counter.wrappingAdd(1, ordering: .relaxed).newValue)"
        guard let platform = sqlite3_vfs_find(nil) else { fatalError("SQLite has no VFS") }
        // Registered for the life of the process: SQLite may look at it at any time.
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        vfs.initialize(to: platform.pointee)
        vfs.pointee.pNext = nil
        vfs.pointee.szOsFile = Int32(Self.offset) + platform.pointee.szOsFile
        vfs.pointee.zName = UnsafePointer(strdup(name))
        vfs.pointee.pAppData = Unmanaged.passRetained(self).toOpaque()
        vfs.pointee.xOpen = { vfs, name, file, flags, outFlags in
            guard let vfs, let file, let platform = sqlite3_vfs_find(nil) else { return SQLITE_ERROR }
            let slot = UnsafeMutableRawPointer(file)
            let real = slot.advanced(by: FaultyVFS.offset).assumingMemoryBound(to: sqlite3_file.self)
            file.pointee.pMethods = nil
            let result = platform.pointee.xOpen(platform, name, real, flags, outFlags)
            guard result == SQLITE_OK, real.pointee.pMethods != nil else { return result }
            slot.storeBytes(of: vfs.pointee.pAppData, toByteOffset: 8, as: UnsafeMutableRawPointer?.self)
            file.pointee.pMethods = UnsafePointer(FaultyVFS.methods)
            return SQLITE_OK
        }
        sqlite3_vfs_register(vfs, 0)
    }

    /// Makes `result` of every write from now on, after `writes` more.
    func failWrites(_ result: Int32, after writes: Int = 0) {
        faults.withLock {
            $0.write = result
            $0.writesLeft = writes
        }
    }

    func failSyncs(_ result: Int32) { faults.withLock { $0.sync = result } }
    func failReads(_ result: Int32) { faults.withLock { $0.read = result } }
    func failLocks(_ result: Int32) { faults.withLock { $0.lock = result } }
    func heal() { faults.withLock { $0 = Faults() } }

    fileprivate static let offset = 16

    fileprivate static func real(_ file: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<sqlite3_file> {
        UnsafeMutableRawPointer(file!).advanced(by: offset).assumingMemoryBound(to: sqlite3_file.self)
    }

    /// The fault that strikes an operation, if any.
    fileprivate static func fault(
        _ file: UnsafeMutablePointer<sqlite3_file>?, _ kind: (inout Faults) -> Int32
    ) -> Int32? {
        guard let file,
            let board = UnsafeMutableRawPointer(file).load(fromByteOffset: 8, as: UnsafeMutableRawPointer?.self)
        else { return nil }
        let vfs = Unmanaged<FaultyVFS>.fromOpaque(board).takeUnretainedValue()
        let result = vfs.faults.withLock { kind(&$0) }
        guard result != 0 else { return nil }
        vfs.struck.wrappingAdd(1, ordering: .relaxed)
        return result
    }

    fileprivate nonisolated(unsafe) static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        var table = sqlite3_io_methods()
        table.iVersion = 2
        table.xClose = { FaultyVFS.real($0).pointee.pMethods.pointee.xClose(FaultyVFS.real($0)) }
        table.xRead = {
            FaultyVFS.fault($0) { $0.read }
                ?? FaultyVFS.real($0).pointee.pMethods.pointee.xRead(FaultyVFS.real($0), $1, $2, $3)
        }
        table.xWrite = {
            let fault = FaultyVFS.fault($0) { faults in
                guard faults.write != 0, faults.writesLeft > 0 else { return faults.write }
                faults.writesLeft -= 1
                return 0
            }
            return fault ?? FaultyVFS.real($0).pointee.pMethods.pointee.xWrite(FaultyVFS.real($0), $1, $2, $3)
        }
        table.xTruncate = { FaultyVFS.real($0).pointee.pMethods.pointee.xTruncate(FaultyVFS.real($0), $1) }
        table.xSync = {
            FaultyVFS.fault($0) { $0.sync } ?? FaultyVFS.real($0).pointee.pMethods.pointee.xSync(FaultyVFS.real($0), $1)
        }
        table.xFileSize = { FaultyVFS.real($0).pointee.pMethods.pointee.xFileSize(FaultyVFS.real($0), $1) }
        table.xLock = {
            FaultyVFS.fault($0) { $0.lock } ?? FaultyVFS.real($0).pointee.pMethods.pointee.xLock(FaultyVFS.real($0), $1)
        }
        table.xUnlock = { FaultyVFS.real($0).pointee.pMethods.pointee.xUnlock(FaultyVFS.real($0), $1) }
        table.xCheckReservedLock = {
            FaultyVFS.real($0).pointee.pMethods.pointee.xCheckReservedLock(FaultyVFS.real($0), $1)
        }
        table.xFileControl = { FaultyVFS.real($0).pointee.pMethods.pointee.xFileControl(FaultyVFS.real($0), $1, $2) }
        table.xSectorSize = { FaultyVFS.real($0).pointee.pMethods.pointee.xSectorSize(FaultyVFS.real($0)) }
        table.xDeviceCharacteristics = {
            FaultyVFS.real($0).pointee.pMethods.pointee.xDeviceCharacteristics(FaultyVFS.real($0))
        }
        table.xShmMap = { FaultyVFS.real($0).pointee.pMethods.pointee.xShmMap(FaultyVFS.real($0), $1, $2, $3, $4) }
        table.xShmLock = { FaultyVFS.real($0).pointee.pMethods.pointee.xShmLock(FaultyVFS.real($0), $1, $2, $3) }
        table.xShmBarrier = { FaultyVFS.real($0).pointee.pMethods.pointee.xShmBarrier(FaultyVFS.real($0)) }
        table.xShmUnmap = { FaultyVFS.real($0).pointee.pMethods.pointee.xShmUnmap(FaultyVFS.real($0), $1) }
        methods.initialize(to: table)
        return methods
    }()
}
