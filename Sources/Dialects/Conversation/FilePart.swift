package import WireFormats

/// A file in a chat message (`{"type":"file","file":{"filename","file_data"}}`), told by its data's URL or its name.
package enum FilePart {
    /// In base64.
    case pdf(Substring)
    /// To be fetched by the provider.
    case url(String)
    case unknown

    package init(_ file: JSONValue?) {
        self = .unknown
        guard let data = file?.member("file_data")?.string else { return }
        if data.hasPrefix("https://") || data.hasPrefix("http://") {
            self = .url(data)
        } else if data.hasPrefix("data:") {
            guard let comma = data.firstIndex(of: ","), data[..<comma].hasSuffix(";base64") else { return }
            let type = data[data.index(data.startIndex, offsetBy: 5)..<comma].prefix { $0 != ";" }
            let content = data[data.index(after: comma)...]
            if type == "application/pdf" { self = .pdf(content) }
        } else if file?.member("filename")?.string?.lowercased().hasSuffix(".pdf") ?? false {
            self = .pdf(data[...])
        }
    }
}
