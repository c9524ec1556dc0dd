import Digests

/// A file of the dashboard, part of the program: no file is read and nothing is fetched while it is served.
package struct DashboardFile: Sendable {
    package let path: String
    package let contentType: String
    package let bytes: [UInt8]
    /// The strong entity tag of `bytes`, with its quotes.
    package let entityTag: String

    private init(_ path: String, _ contentType: String, _ bytes: [UInt8]) {
        self.path = path
        self.contentType = contentType
        self.bytes = bytes
        let digits = Array("0123456789abcdef")
        entityTag =
            "\"" + String(SHA256.hash(bytes).prefix(16).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
            + "\""
    }

    private static func script(_ name: String, _ bytes: [UInt8]) -> DashboardFile {
        DashboardFile("/dashboard/\(name).js", "text/javascript; charset=utf-8", bytes)
    }

    /// The page first.
    package static let all: [DashboardFile] = [
        DashboardFile("/dashboard", "text/html; charset=utf-8", PackageResources.dashboard_html),
        DashboardFile("/dashboard/style.css", "text/css; charset=utf-8", PackageResources.style_css),
        DashboardFile("/dashboard/icon.svg", "image/svg+xml", PackageResources.icon_svg),
        script("main", PackageResources.main_js),
        script("api", PackageResources.api_js),
        script("format", PackageResources.format_js),
        script("charts", PackageResources.charts_js),
        script("overview", PackageResources.overview_js),
        script("learning", PackageResources.learning_js),
        script("decisions", PackageResources.decisions_js),
        script("usage", PackageResources.usage_js),
    ]
}
