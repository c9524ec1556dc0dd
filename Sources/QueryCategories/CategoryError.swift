/// What can be wrong with categories, models, training data, or a client's explicit category.
package struct CategoryError: Error, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// An explicit category that is not configured: the client's mistake.
        case unknownCategory = "unknown_category"
        case invalidCategory = "invalid_category"
        case invalidPattern = "invalid_pattern"
        case invalidModel = "invalid_model"
        case invalidTrainingData = "invalid_training_data"
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
