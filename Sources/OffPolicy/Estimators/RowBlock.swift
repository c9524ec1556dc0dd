/// Consecutive rows as an estimator needs them. Arrays hold room for one more number than `count`: estimators read by twos.
package struct RowBlock {
    package let count: Int
    /// Evaluation policy's probability of the arm drawn over its propensity.
    package let weights: UnsafePointer<Double>
    package let rewards: UnsafePointer<Double>
    /// The reward model's value of the arm drawn.
    package let modelOfArm: UnsafePointer<Double>
    /// The reward model's value of the policy: Σ over arms of probability × model. NaN where the policy is not known for every arm.
    package let modelOfPolicy: UnsafePointer<Double>
    /// The same of the model fitted on all rows: what dm goes by.
    package let fullModelOfPolicy: UnsafePointer<Double>
    /// 1 where replay keeps the row, else 0.
    package let kept: UnsafePointer<Double>
    /// Index of the row's (category, arm).
    package let cells: UnsafePointer<Int32>
}

extension RowBlock {
    /// One row, for influence values.
    package struct Row {
        package var weight: Double
        package var reward: Double
        package var modelOfArm: Double
        package var modelOfPolicy: Double
        package var fullModelOfPolicy: Double
        package var kept: Double
        package var cell: Int
    }

    package subscript(index: Int) -> Row {
        Row(
            weight: weights[index], reward: rewards[index], modelOfArm: modelOfArm[index],
            modelOfPolicy: modelOfPolicy[index], fullModelOfPolicy: fullModelOfPolicy[index], kept: kept[index],
            cell: Int(cells[index]))
    }
}
