import DecisionStore
import RoutingEngine
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
}
