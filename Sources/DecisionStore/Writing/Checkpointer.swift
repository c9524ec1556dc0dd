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
    private let open: @Sendable () throws(StoreError) -> Connection

    // Of the writer's thread.
    private var hasThread = false
    private var isPassing = false
    /// Pages of the log at the last pass; 0 once it has begun anew.
    private var pagesBefore = 0

    private let hasPassed = Atomic(false)
    private let isStopping = Atomic(false)
    private let wanted = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)

    /// - Parameters:
    ///   - pages: so many pages more in the log begin a pass.
    ///   - open: a connection of its own for each pass, as the file may have been replaced since the last one.
    init(pages: Int, open: @escaping @Sendable () throws(StoreError) -> Connection) {
        self.pages = pages
        self.open = open
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
        guard let connection = try? open() else { return }
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
    func look(_ connection: Connection) {
        guard !isPassing else { return }
        if connection.logPages < pagesBefore { pagesBefore = 0 }
        guard connection.logPages - pagesBefore >= pages else { return }
        isPassing = true
        if !hasThread { startThread() }
        wanted.signal()
    }
}
