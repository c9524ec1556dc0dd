/// A plot as inline SVG: lines with bands, points, or stacked areas.
struct Plot {
    struct Line {
        var name: String
        var color: Int
        var points: [(x: Double, y: Double)]
        /// Low and high at each point; empty for none.
        var band: [(low: Double, high: Double)] = []
    }

    struct Mark {
        var name: String
        var color: Int
        var x: Double
        var y: Double
        /// Half lengths of the error bars.
        var errorX: Double = 0
        var errorY: Double = 0
    }

    var title: String
    var xLabel: String
    var yLabel: String
    var lines: [Line] = []
    var marks: [Mark] = []
    /// A dashed horizontal line.
    var level: (name: String, y: Double)?
    var isLogarithmicX = false
    var fromZero = false
    var width = 560.0
    var height = 330.0

    /// Distinguishable with most kinds of colour blindness (Okabe & Ito 2008), then repeated in lighter tones.
    static let colors = [
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d1f", "#7f7f7f", "#9467bd",
        "#8c564b", "#17becf",
    ]

    static func color(_ index: Int) -> String { colors[index % colors.count] }

    func svg() -> String {
        var xs: [Double] = []
        var ys: [Double] = []
        for line in lines {
            xs += line.points.map(\.x)
            ys += line.points.map(\.y)
            for band in line.band { ys += [band.low, band.high] }
        }
        for mark in marks {
            xs += [mark.x - mark.errorX, mark.x + mark.errorX]
            ys += [mark.y - mark.errorY, mark.y + mark.errorY]
        }
        if let level { ys.append(level.y) }
        let x = Axis(over: xs, isLogarithmic: isLogarithmicX, start: 64, end: width - 14)
        let y = Axis(over: ys, fromZero: fromZero, start: height - 44, end: 34)
        var body = frame(x, y)
        for line in lines { body += draw(line, x, y) }
        for mark in marks { body += draw(mark, x, y) }
        if let level {
            let at = Self.pixel(y.position(level.y))
            body +=
                "<line x1=\"64\" x2=\"\(Self.pixel(width - 14))\" y1=\"\(at)\" y2=\"\(at)\" class=\"level\"/>"
                + text(width - 18, y.position(level.y) - 5, level.name, anchor: "end", class: "tick")
        }
        return SVG.root(width: width, height: height, title: title, body: body)
    }

    private func frame(_ x: Axis, _ y: Axis) -> String {
        var body = text(64, 20, title, anchor: "start", class: "title")
        for tick in x.ticks {
            let at = x.position(tick)
            body += "<line x1=\"\(Self.pixel(at))\" x2=\"\(Self.pixel(at))\" y1=\"34\" y2=\"\(Self.pixel(height - 44))\" class=\"grid\"/>"
            body += text(at, height - 28, NumberText.short(tick), anchor: "middle", class: "tick")
        }
        for tick in y.ticks {
            let at = y.position(tick)
            body += "<line x1=\"64\" x2=\"\(Self.pixel(width - 14))\" y1=\"\(Self.pixel(at))\" y2=\"\(Self.pixel(at))\" class=\"grid\"/>"
            body += text(58, at + 4, NumberText.short(tick), anchor: "end", class: "tick")
        }
        body += text((64 + width - 14) / 2, height - 8, xLabel, anchor: "middle", class: "label")
        let middle = Self.pixel((34 + height - 44) / 2)
        body +=
            "<text class=\"label\" text-anchor=\"middle\" transform=\"translate(14 \(middle)) rotate(-90)\">\(SVG.escape(yLabel))</text>"
        return body
    }

    private func draw(_ line: Line, _ x: Axis, _ y: Axis) -> String {
        let color = Self.color(line.color)
        var body = ""
        if line.band.count == line.points.count, line.points.count > 1 {
            let above = zip(line.points, line.band).map { place(x, y, $0.x, $1.high) }
            let below = zip(line.points, line.band).reversed().map { place(x, y, $0.x, $1.low) }
            body += "<polygon points=\"\((above + below).joined(separator: " "))\" fill=\"\(color)\" fill-opacity=\"0.13\"/>"
        }
        let points = line.points.map { place(x, y, $0.x, $0.y) }.joined(separator: " ")
        body += "<polyline points=\"\(points)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.8\">"
        return body + "<title>\(SVG.escape(line.name))</title></polyline>"
    }

    private func draw(_ mark: Mark, _ x: Axis, _ y: Axis) -> String {
        let color = Self.color(mark.color)
        let (cx, cy) = (Self.pixel(x.position(mark.x)), Self.pixel(y.position(mark.y)))
        var body = ""
        if mark.errorY > 0 {
            let (top, bottom) = (y.position(mark.y + mark.errorY), y.position(mark.y - mark.errorY))
            body += "<line x1=\"\(cx)\" x2=\"\(cx)\" y1=\"\(Self.pixel(top))\" y2=\"\(Self.pixel(bottom))\" stroke=\"\(color)\"/>"
        }
        if mark.errorX > 0 {
            let (left, right) = (x.position(mark.x - mark.errorX), x.position(mark.x + mark.errorX))
            body += "<line x1=\"\(Self.pixel(left))\" x2=\"\(Self.pixel(right))\" y1=\"\(cy)\" y2=\"\(cy)\" stroke=\"\(color)\"/>"
        }
        body += "<circle cx=\"\(cx)\" cy=\"\(cy)\" r=\"4.5\" fill=\"\(color)\"><title>\(SVG.escape(mark.name))</title></circle>"
        // Names stand on the side where there is room.
        let isRight = x.position(mark.x) > width * 0.6
        return body
            + text(
                x.position(mark.x) + (isRight ? -8 : 8), y.position(mark.y) - 7, mark.name,
                anchor: isRight ? "end" : "start", class: "tick")
    }

    private func place(_ x: Axis, _ y: Axis, _ a: Double, _ b: Double) -> String {
        "\(Self.pixel(x.position(a))),\(Self.pixel(y.position(b)))"
    }

    private func text(_ x: Double, _ y: Double, _ content: String, anchor: String, class name: String) -> String {
        "<text x=\"\(Self.pixel(x))\" y=\"\(Self.pixel(y))\" text-anchor=\"\(anchor)\" class=\"\(name)\">\(SVG.escape(content))</text>"
    }

    static func pixel(_ value: Double) -> String { NumberText.fixed(value.isFinite ? value : 0, 1) }
}

enum SVG {
    static func root(width: Double, height: Double, title: String, body: String) -> String {
        "<svg viewBox=\"0 0 \(Plot.pixel(width)) \(Plot.pixel(height))\" width=\"\(Plot.pixel(width))\" role=\"img\" "
            + "aria-label=\"\(escape(title))\">\(body)</svg>"
    }

    static func escape(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
