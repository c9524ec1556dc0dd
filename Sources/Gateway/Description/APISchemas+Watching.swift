/// JSON Schemas (2020-12) of bodies: histories, feedback as it came in, alarms.
extension APISchemas {
    static let watching: [(name: String, schema: String)] = [
        (
            "Event",
            ##"""
            {
              "type": "object",
              "description": "One server-sent event; data is JSON as text.",
              "properties": {
                "event": {"enum": ["traffic", "decisions", "feedback", "posteriors", "alarm"]},
                "data": {"type": "string", "contentMediaType": "application/json"}
              },
              "required": ["event", "data"]
            }
            """##
        ),
        (
            "TrafficSample",
            ##"""
            {
              "type": "object",
              "properties": {
                "time": {
                  "type": ["string", "null"],
                  "format": "date-time",
                  "description": "Its beginning; null for the total of nothing."
                },
                "seconds": {"type": "number", "minimum": 0, "description": "How long it was watched."},
                "requests": {"type": "integer", "minimum": 0},
                "errors": {"type": "integer", "minimum": 0, "description": "Failed after all fallbacks."},
                "cancelled": {"type": "integer", "minimum": 0, "description": "The client left."},
                "refused": {"type": "integer", "minimum": 0, "description": "Before a decision; not in requests."},
                "prompt_tokens": {"type": "integer", "minimum": 0},
                "completion_tokens": {"type": "integer", "minimum": 0},
                "cost_usd": {"type": "number", "minimum": 0},
                "latency_p50_ms": {"type": ["number", "null"]},
                "latency_p95_ms": {"type": ["number", "null"]},
                "rewarded": {"type": "integer", "minimum": 0, "description": "Decisions whose reward came in."},
                "reward_mean": {"type": ["number", "null"]},
                "arms": {
                  "type": "object",
                  "additionalProperties": {"type": "integer", "minimum": 0},
                  "description": "Requests by the arm that served."
                }
              },
              "required": [
                "time",
                "seconds",
                "requests",
                "errors",
                "cancelled",
                "refused",
                "prompt_tokens",
                "completion_tokens",
                "cost_usd",
                "latency_p50_ms",
                "latency_p95_ms",
                "rewarded",
                "reward_mean",
                "arms"
              ],
              "additionalProperties": false
            }
            """##
        ),
        (
            "TrafficHistory",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"const": "list"},
                "interval_s": {"type": "number", "exclusiveMinimum": 0},
                "total": {"$ref": "#/components/schemas/TrafficSample"},
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/TrafficSample"}}
              },
              "required": ["object", "interval_s", "total", "data"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "PosteriorHistory",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"const": "list"},
                "interval_s": {"type": "number", "exclusiveMinimum": 0},
                "route": {"type": "string"},
                "category": {"type": "string"},
                "arms": {
                  "type": "array",
                  "items": {"type": "string"},
                  "description": "The columns of every sample's lists."
                },
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/PosteriorSample"}}
              },
              "required": ["object", "interval_s", "route", "category", "arms", "data"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "PosteriorSample",
            ##"""
            {
              "type": "object",
              "properties": {
                "time": {"type": "string", "format": "date-time"},
                "version": {"type": "integer", "minimum": 0},
                "share": {
                  "type": "array",
                  "items": {"type": ["number", "null"]},
                  "description": "Probability of a draw among the arms in service; null where the arm was not there."
                },
                "mean": {"type": "array", "items": {"type": ["number", "null"]}},
                "low": {"type": "array", "items": {"type": ["number", "null"]}},
                "high": {"type": "array", "items": {"type": ["number", "null"]}}
              },
              "required": ["time", "version", "share", "mean", "low", "high"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "FeedbackItem",
            ##"""
            {
              "type": "object",
              "properties": {
                "sequence": {"type": "integer", "minimum": 0, "description": "Its place in the log."},
                "feedback_id": {"type": "string"},
                "time": {"type": "string", "format": "date-time"},
                "decision_id": {"type": "string", "format": "uuid"},
                "route": {"type": "string"},
                "category": {"type": "string"},
                "arm": {"type": "string", "description": "The one that served."},
                "metric": {"type": "string"},
                "source": {"enum": ["user", "judge", "system"]},
                "value": {"type": ["boolean", "number", "null"], "description": "null: taken back."},
                "comment": {"type": ["string", "null"]},
                "counts": {"type": "boolean", "description": "Whether the learner takes it into account."}
              },
              "required": [
                "sequence",
                "feedback_id",
                "time",
                "decision_id",
                "route",
                "category",
                "arm",
                "metric",
                "source",
                "value",
                "comment",
                "counts"
              ],
              "additionalProperties": false
            }
            """##
        ),
        (
            "FeedbackList",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"const": "list"},
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/FeedbackItem"}}
              },
              "required": ["object", "data"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "DriftAlarm",
            ##"""
            {
              "type": "object",
              "properties": {
                "time": {"type": "string", "format": "date-time"},
                "category": {"type": "string"},
                "arm": {"type": "string"},
                "mean_before": {"type": "number"},
                "mean_after": {"type": "number"},
                "observations_before": {"type": "integer", "minimum": 0},
                "observations_after": {"type": "integer", "minimum": 0},
                "statistic": {"type": "number"},
                "threshold": {"type": "number"}
              },
              "required": [
                "time",
                "category",
                "arm",
                "mean_before",
                "mean_after",
                "observations_before",
                "observations_after",
                "statistic",
                "threshold"
              ],
              "additionalProperties": false
            }
            """##
        ),
        (
            "AlarmList",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"const": "list"},
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/DriftAlarm"}}
              },
              "required": ["object", "data"],
              "additionalProperties": false
            }
            """##
        ),
    ]
}
