import Foundation
import Synchronization

/// Moves pages from the write-ahead log into the database beside the writer, so that requests do not wait for the disk.
///
/// SQLite would do it within the commit that fills the log: 13 ms and more, mostly `fdatasync`, in which nothing is written. Here a
/// thread of its own does it while the writer goes on. The log only begins anew where all of it was moved, so what the writer has
/// written meanwhile it then moves itself: little, that the disk has seen nearly all of.
///
/// Errors of the disk are met by the writer's own transactions as well and are told there; a log that is not moved only grows.
final class Checkpointer: @unchecked Sendable {
    private let pages: Int
    private let file: StoreFile
    private let vfs: String?
    /// The file whose log is to be moved: the writer's thread sets it before it asks for a pass.
    private var identity: StoreFile.Identity?

    // Of the writer's thread.
    private var hasThread = false
    private var isPassing = false
    /// Pages of the log at the last pass; 0 once it has begun anew.
    private var pagesBefore = 0

    private let hasPassed = Atomic(false)
    private let isStopping = Atomic(false)
    private let wanted = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)

    /// So many pages more in the log as the options say begin a pass.
    init(_ file: StoreFile, options: StoreOptions) {
        pages = options.checkpointPages
        self.file = file
        vfs = options.vfs
    }

    private func startThread() {
        hasThread = true
        let thread = Thread { [self] in
            while true {
                wanted.wait()
                if isStopping.load(ordering: .acquiring) { break }
                pass()
                hasPassed.store(true, ordering: .releasing)
            }
            done.signal()
        }
        thread.name = "store checkpoints"
        thread.stackSize = 1 << 19
        thread.start()
    }

    /// Ends the thread, after the pass it is at. Called once, on the writer's thread.
    func stop() {
        guard hasThread else { return }
        isStopping.store(true, ordering: .releasing)
        wanted.signal()
        done.wait()
    }

    private func pass() {
        // Another file in its place is left alone: the log beside it may be ours, and would be taken for its own. A connection for each
        // pass, as the file may be another by the next.
        guard file.identity == identity,
            let connection = try? Connection(path: file.path, access: .writing, busyTimeoutMS: 0, vfs: vfs)
        else { return }
        // A connection that has read nothing yet does not know that there is a log.
        _ = try? connection.integer("SELECT count(*) FROM sqlite_master")
        connection.checkpoint()
    }

    /// Whether the writer is to call ``finish(_:)``.
    var isDue: Bool { isPassing && hasPassed.load(ordering: .acquiring) }

    /// Moves what was written during the pass that has ended. On the writer's thread and connection, between transactions.
    func finish(_ connection: Connection) {
        hasPassed.store(false, ordering: .relaxed)
        isPassing = false
        connection.checkpoint()
        // A reader of an older state may have held pages back; they are tried again when as many have come.
        pagesBefore = connection.logPages
    }

    /// Begins a pass where the log has become long. On the writer's thread, after a commit.
    ///
    /// - Parameter identity: of the connection's file.
    func look(_ connection: Connection, of identity: StoreFile.Identity?) {
        guard !isPassing else { return }
        if connection.logPages < pagesBefore { pagesBefore = 0 }
        guard connection.logPages - pagesBefore >= pages else { return }
        isPassing = true
        self.identity = identity
        if !hasThread { startThread() }
        wanted.signal()
    }
}
