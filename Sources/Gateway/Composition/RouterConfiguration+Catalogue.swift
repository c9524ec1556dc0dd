package import BanditCore
import Foundation
package import QueryCategories
package import RoutingEngine

extension RouterConfiguration {
    /// What tells categories apart: those of the configuration, and those of the taxonomy or the trained model that it names.
    ///
    /// - Parameter threshold: instead of the configured one.
    /// - Throws: where the model cannot be read, or a category is not valid.
    package func categorizer(threshold: Double? = nil) throws(CategoryError) -> Categorizer {
        let model = try classifier.modelPath.map(Self.categoryModel)
        let known = Set(categories.map(\.id))
        let more =
            classifier.taxonomy == .default
            ? DefaultTaxonomy.categories : (model?.labels ?? []).map { CategoryDefinition(id: $0) }
        return try Categorizer(
            categories: categories + more.filter { !known.contains($0.id) }, model: model,
            threshold: threshold ?? classifier.threshold)
    }

    /// What can be chosen.
    ///
    /// - Parameter categories: those of the ``categorizer()``.
    package func catalogue(categories: [String]) throws(PolicyError) -> Catalogue {
        var arms = arms
        for index in arms.indices {
            arms[index].answerTokens = phrasings[arms[index].id]?.answerTokens ?? AnswerTokens()
        }
        return try Catalogue(
            arms: arms, routes: routes, categories: categories,
            graded: feedback.metrics.contains { $0.kind != .boolean })
    }

    private static func categoryModel(_ path: String) throws(CategoryError) -> CategoryModel {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw CategoryError(.invalidModel, "classifier.model: \(path) cannot be read")
        }
        do {
            return try CategoryModel(decoding: Array(bytes))
        } catch {
            throw CategoryError(error.code, "classifier.model: \(path): \(error.message)")
        }
    }
}
