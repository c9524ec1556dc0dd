import Glibc
import NIOCore
import ProviderClient
import Synchronization

// Measures the provider transport and the JSON scanner. Ratios and CPU time, printed; nothing is asserted.
//
//     ProviderBench transport URL [--connections 32] [--seconds 5] [--api perform|start|stream] [--engines 1] [--body 200] [--callers-thread-below 4] [--think 0]
//     ProviderBench json
//     ProviderBench frames [--read 16384]

let arguments = Array(CommandLine.arguments.dropFirst())

func option(_ name: String, _ fallback: String) -> String {
    guard let index = arguments.firstIndex(of: "--\(name)"), index + 1 < arguments.count else { return fallback }
    return arguments[index + 1]
}

switch arguments.first {
case "transport" where arguments.count > 1:
    var options = ProviderTransport.Options()
    options.engineThreads = Int(option("engines", "1")) ?? 1
    options.callersThreadBelow = Int(option("callers-thread-below", "4")) ?? 4
    let bench = TransportBench(
        url: arguments[1], connections: Int(option("connections", "32")) ?? 32,
        seconds: Double(option("seconds", "5")) ?? 5,
        bodyBytes: Int(option("body", "200")) ?? 200, thinkMicroseconds: Int(option("think", "0")) ?? 0,
        options: options)
    switch option("api", "perform") {
    case "start": await bench.callbacks()
    case "stream": await bench.stream()
    default: await bench.perform()
    }
case "json": JSONBench.run()
case "frames": FramesBench.run(readBytes: Int(option("read", "16384")) ?? 16_384)
default:
    print(
        "usage: ProviderBench transport URL [--connections N] [--seconds S] [--api perform|start|stream] | json | frames"
    )
    exit(2)
}
