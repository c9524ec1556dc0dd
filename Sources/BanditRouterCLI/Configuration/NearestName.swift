import BanditCore

/// The candidate that a mistyped name most likely stands for: ``NearestWord/meant(by:among:)``.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
    NearestWord.meant(by: name, among: candidates)
}
