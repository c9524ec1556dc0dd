import NIOCore

/// What an exchange writes to: its connection, as long as that is there.
struct ExchangeOutput {
    let handler: ExchangeHandler

    var isWritable: Bool { handler.isWritable }

    /// Writes a whole answer; `finish` sends it.
    func answer(_ head: consuming AnswerHead, body: ByteBuffer) { handler.answer(head, body: body) }
    func beginStream(_ head: consuming AnswerHead) { handler.beginStream(head) }
    func write(_ bytes: ByteBuffer) { handler.write(bytes) }
    func flush() { handler.flush() }
    func finish() { handler.finish() }
}
