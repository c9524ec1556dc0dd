import DecisionStore
import RoutingEngine
import Synchronization
import Testing

@Suite("Keys")
struct KeyTests {
    private func key(_ id: String, hash: UInt8 = 1) -> APIKey {
        APIKey(
            id: id, name: "name of \(id)", group: id, hash: [UInt8](repeating: hash, count: 32),
            scopes: ["chat", "feedback"],
            requestsPerMinute: 60, costPerDay: 5_000_000_000, created: 7, expires: 8)
    }

    @Test("keys are kept with their limits, and deleting the last one does not bring back keyless mode")
    func lifecycle() async throws {
        let fixture = try StoreFixture()
        var store = try fixture.open()
        #expect(store.keys == KeySet())
        try await store.insertKey(key("k1"))
        try await store.insertKey(key("k2", hash: 2))
        #expect(store.keys == KeySet(keys: [key("k1"), key("k2", hash: 2)], everHadKeys: true))
        #expect(try await store.deleteKey("k1", at: 9))
        #expect(try await !store.deleteKey("k1", at: 9))
        #expect(try await store.deleteKey("k2", at: 9))
        #expect(store.keys == KeySet(keys: [], everHadKeys: true))
        store.close()
        store = try fixture.open()
        #expect(store.keys == KeySet(keys: [], everHadKeys: true))
    }

    @Test("a key whose id exists is refused, and the store goes on")
    func twice() async throws {
        let fixture = try StoreFixture()
        let store = try fixture.open()
        try await store.insertKey(key("k1"))
        let error = await #expect(throws: StoreError.self) { try await store.insertKey(key("k1", hash: 2)) }
        #expect(error?.code == .rejected)
        #expect(store.health.isWritable)
        #expect(await store.recordAndWait(fixture.decision()) == .stored(1))
    }

    @Test("keys that another process makes or deletes are noticed, and the router is told")
    func otherProcess() async throws {
        var options = StoreFixture.options()
        options.beatSeconds = 0.02
        let fixture = try StoreFixture(options)
        let heard = Mutex<[KeySet]>([])
        let store = try DecisionStore(
            path: fixture.path, options: options, clock: { 0 }, onKeys: { keys in heard.withLock { $0.append(keys) } })
        let desk = try KeyDesk(path: fixture.path)
        try desk.insert(key("k1"))
        #expect(try desk.keys().keys == [key("k1")])
        for _ in 0..<2000 where store.keys.keys.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        #expect(store.keys == KeySet(keys: [key("k1")], everHadKeys: true))
        #expect(try desk.delete("k1", at: 5))
        for _ in 0..<2000 where !store.keys.keys.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        #expect(store.keys == KeySet(keys: [], everHadKeys: true))
        #expect(heard.withLock { $0.map(\.keys.count) } == [1, 0])
    }

    @Test("the first key can be made before there is a store")
    func beforeTheStore() throws {
        let fixture = try StoreFixture()
        try KeyDesk(path: fixture.path).insert(key("k1"))
        #expect(try fixture.open().keys.keys == [key("k1")])
    }
}
