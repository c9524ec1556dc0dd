// swift-tools-version: 6.2
import PackageDescription

// Every target is compiled in the Swift 6 language mode with the stricter upcoming features; a warning is an error.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let realModule: Target.Dependency = .product(name: "RealModule", package: "swift-numerics")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// A library target and the test target beside it. The arrows are those of `Sources/BanditRouter.docc/Architecture.md`;
/// `ArchitectureTests` holds the imports of the sources against the same table.
func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies + ["Numbers"], swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

func benchmark(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: "Tests/Benchmarks/\(name)", exclude: exclude,
        swiftSettings: strict)
}

let package = Package(
    name: "bandit-router",
    products: [
        .executable(name: "bandit-router", targets: ["BanditRouterCLI"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // The C library's own words about its heap.
        .systemLibrary(name: "CMalloc"),

        .target(name: "Numbers", swiftSettings: strict),
        // The ground floor: JSON and times, read and written in one way.
        library("WireFormats", [nioCore]),
        // Hashes and codes by the system's libcrypto.
        library("Digests", ["CCrypto"]),
        library("BanditCore", [realModule]),
        library("OffPolicy", ["BanditCore", realModule]),
        library("QueryCategories", ["BanditCore", realModule]),
        library("RoutingEngine", ["BanditCore"]),
        library("DecisionStore", ["BanditCore", "RoutingEngine", "CSQLite"]),
        // What is asked and answered, in every dialect: pure, without a socket or a store.
        library("Dialects", ["WireFormats", "Digests", nioCore]),
        library("ProviderClient", ["WireFormats", "Dialects", "Digests", "CCurl", nioCore]),
        library("SimulatedProvider", ["WireFormats", "BanditCore", hummingbird, nioCore]),
        library(
            "PolicySimulator",
            ["WireFormats", "BanditCore", "OffPolicy", "RoutingEngine", realModule]),
        library("LogFiles", ["WireFormats", "OffPolicy", "PolicySimulator", "CZlib", nioCore]),
        // The page's files are embedded as code, so that the program stays one file.
        .target(
            name: "DashboardPage", dependencies: ["Digests", "Numbers"], resources: [.embedInCode("Assets")],
            swiftSettings: strict),
        library(
            "Gateway",
            [
                "WireFormats", "BanditCore", "QueryCategories", "RoutingEngine", "DecisionStore", "Dialects",
                "ProviderClient", "DashboardPage", "CMalloc", "CZlib",
                hummingbird, hummingbirdCore, nioCore, nioHTTP1, nioHTTPTypesHTTP1, nioPosix, nioSSL, logging,
                lifecycle,
                "Digests",
            ]),
        .executableTarget(
            name: "BanditRouterCLI",
            dependencies: [
                "WireFormats", "BanditCore", "OffPolicy", "QueryCategories", "RoutingEngine", "DecisionStore",
                "Dialects", "ProviderClient", "SimulatedProvider", "PolicySimulator", "LogFiles", "Gateway",
                argumentParser, yams,
                logging, lifecycle,
                unixSignals, "Numbers",
            ],
            swiftSettings: strict),

        tests("ArchitectureTests", []),
        tests("NumbersTests", ["Numbers"]),
        tests("WireFormatsTests", ["WireFormats", "BanditCore", "TestSupport", nioCore]),
        tests("DigestsTests", ["Digests"]),
        tests("BanditCoreTests", ["BanditCore", realModule], exclude: ["Golden"]),
        tests(
            "OffPolicyTests", ["BanditCore", "OffPolicy", "LogFiles", "PolicySimulator", "EvaluationStudies"],
            exclude: ["Golden"]),
        tests("QueryCategoriesTests", ["QueryCategories", "LogFiles"]),
        tests("RoutingEngineTests", ["BanditCore", "RoutingEngine"]),
        tests("DecisionStoreTests", ["BanditCore", "RoutingEngine", "DecisionStore", "CSQLite", "TestSupport"]),
        tests(
            "DialectsTests", ["WireFormats", "BanditCore", "Dialects", "ProviderClient", "TestSupport", nioCore],
            exclude: ["Golden", "Python"]),
        tests(
            "ProviderClientTests", ["WireFormats", "BanditCore", "Dialects", "ProviderClient", "TestSupport", nioCore]),
        tests("SimulatedProviderTests", ["WireFormats", "SimulatedProvider", "ProviderClient", nioCore]),
        tests("LogFilesTests", ["WireFormats", "LogFiles", "OffPolicy", "PolicySimulator", "CZlib"]),
        tests(
            "PolicySimulatorTests",
            ["PolicySimulator", "RoutingEngine", "BanditCore", "LogFiles", "QueryCategories", realModule]),
        tests(
            "GatewayTests",
            [
                "WireFormats", "BanditCore", "Gateway", "DecisionStore", "Dialects", "ProviderClient",
                "QueryCategories", "RoutingEngine", "TestSupport", hummingbird,
                nioCore, nioEmbedded, nioPosix, "Digests", logging,
            ]),
        tests(
            "BanditRouterCLITests",
            [
                "BanditRouterCLI", "BanditCore", "QueryCategories", "RoutingEngine", "PolicySimulator", "DecisionStore",
                "Gateway", "TestSupport",
            ]),
        // Runs the built program.
        tests(
            "EndToEndTests", ["BanditRouterCLI", "SimulatedProvider", "TestSupport", nioCore, yams],
            exclude: ["Python", "Clock"]),
        .target(
            name: "TestSupport", dependencies: ["CSQLite"], path: "Tests/TestSupport", exclude: ["EvaluationStudies"],
            swiftSettings: strict),
        .target(
            name: "EvaluationStudies", dependencies: ["BanditCore", "OffPolicy", "PolicySimulator"],
            path: "Tests/TestSupport/EvaluationStudies", swiftSettings: strict),

        // What is too slow or too noisy for a test: each prints its numbers, with ratios taken in one run.
        .target(name: "CAllocationCount", path: "Tests/Benchmarks/CAllocationCount"),
        benchmark(
            "CoreBenchmarks", ["BanditCore", "RoutingEngine", "CAllocationCount", realModule], exclude: ["peers.py"]),
        .executableTarget(
            name: "CategoryBenchmark", dependencies: ["QueryCategories"], path: "Tests/Benchmarks/Categories",
            exclude: ["compare.py"], swiftSettings: strict),
        benchmark("ProviderBench", ["WireFormats", "ProviderClient", "CAllocationCount", nioCore]),
        benchmark("KeyTiming", ["BanditCore", "DecisionStore", "Gateway", "Digests"]),
        benchmark("StoreBenchmarks", ["BanditCore", "RoutingEngine", "DecisionStore"]),
        benchmark(
            "GatewayBenchmarks",
            [
                "BanditCore", "RoutingEngine", "DecisionStore", "Gateway", "SimulatedProvider", "TestSupport", logging,
                lifecycle,
            ]),
        benchmark("EvaluationBenchmarks", ["BanditCore", "OffPolicy", "LogFiles"]),
        benchmark("CoverageStudy", ["EvaluationStudies", "LogFiles", "OffPolicy", "PolicySimulator"]),
    ]
)
