/// JSON Schemas (2020-12) of bodies: what is asked of the hot path, of decisions and feedback.
enum APISchemas {
    static let all = serving + dialects + reading + watching + keys

    static let serving: [(name: String, schema: String)] = [
        (
            "Error",
            ##"""
            {
              "type": "object",
              "properties": {
                "error": {
                  "type": "object",
                  "properties": {
                    "message": {"type": "string"},
                    "type": {"type": "string"},
                    "param": {"type": ["string", "null"]},
                    "code": {"type": ["string", "null"]}
                  },
                  "required": ["message", "type", "param", "code"],
                  "additionalProperties": false,
                  "description": "OpenAI's shape."
                }
              },
              "required": ["error"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "ChatRequest",
            ##"""
            {
              "type": "object",
              "properties": {
                "model": {
                  "type": ["string", "null"],
                  "description": "Id of a route or of an arm; auto where absent."
                },
                "messages": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": {
                      "role": {"type": "string"},
                      "content": {"type": ["string", "array", "null"], "items": {"type": "object"}}
                    },
                    "description": "As OpenAI has it; the provider judges it."
                  },
                  "minItems": 1
                },
                "stream": {"type": ["boolean", "null"]},
                "max_completion_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000000000000},
                "max_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000000000000},
                "tools": {"type": ["array", "null"], "items": {"type": "object"}},
                "response_format": {"type": ["object", "null"], "properties": {"type": {"type": "string"}}},
                "metadata": {"type": ["object", "null"], "properties": {"session_id": {"type": "string"}}},
                "prompt_cache_key": {"type": ["string", "null"], "minLength": 1, "maxLength": 512},
                "bandit": {"oneOf": [{"$ref": "#/components/schemas/Extensions"}, {"type": "null"}]}
              },
              "required": ["messages"],
              "description": "OpenAI's chat request; members that the router does not know pass through untouched."
            }
            """##
        ),
        (
            "Extensions",
            ##"""
            {
              "type": "object",
              "properties": {
                "category": {"type": ["string", "null"]},
                "session_id": {"type": ["string", "null"], "minLength": 1, "maxLength": 512},
                "explore": {"enum": ["on", "off", true, false, null]},
                "max_cost_usd": {"type": ["number", "null"], "minimum": 0},
                "cache": {"enum": ["on", "off", true, false, null]}
              },
              "additionalProperties": false,
              "description": "The router's own parameters; headers of the same meaning beat them."
            }
            """##
        ),
        (
            "Usage",
            ##"""
            {
              "type": "object",
              "properties": {
                "prompt_tokens": {"type": "integer", "minimum": 0},
                "completion_tokens": {"type": "integer", "minimum": 0},
                "total_tokens": {"type": "integer", "minimum": 0}
              },
              "required": ["prompt_tokens"]
            }
            """##
        ),
        (
            "ChatCompletion",
            ##"""
            {
              "type": "object",
              "properties": {
                "id": {"type": "string"},
                "object": {"type": "string"},
                "created": {"type": "integer"},
                "model": {"type": "string"},
                "choices": {"type": "array", "items": {"type": "object"}, "minItems": 1},
                "usage": {"oneOf": [{"$ref": "#/components/schemas/Usage"}, {"type": "null"}]}
              },
              "required": ["choices"],
              "description": "As the provider answered."
            }
            """##
        ),
        (
            "EmbeddingRequest",
            ##"""
            {
              "type": "object",
              "properties": {
                "model": {
                  "type": ["string", "null"],
                  "description": "Id of a route or of an arm; auto where absent."
                },
                "input": {
                  "oneOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                    {"type": "array", "items": {"type": "integer"}, "minItems": 1},
                    {
                      "type": "array",
                      "items": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
                      "minItems": 1
                    }
                  ]
                },
                "bandit": {"oneOf": [{"$ref": "#/components/schemas/Extensions"}, {"type": "null"}]}
              },
              "required": ["input"]
            }
            """##
        ),
        (
            "EmbeddingList",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"type": "string"},
                "data": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": {
                      "object": {"type": "string"},
                      "index": {"type": "integer", "minimum": 0},
                      "embedding": {"type": ["array", "string"], "items": {"type": "number"}}
                    },
                    "required": ["embedding"]
                  }
                },
                "model": {"type": "string"},
                "usage": {"$ref": "#/components/schemas/Usage"}
              },
              "required": ["data"]
            }
            """##
        ),
        (
            "Capability",
            ##"""
            {"type": "string", "enum": ["tools", "json", "vision", "embeddings"]}
            """##
        ),
        (
            "DecisionRequest",
            ##"""
            {
              "type": "object",
              "properties": {
                "route": {
                  "type": ["string", "null"],
                  "description": "Id of a route or of an arm; auto where absent."
                },
                "category": {"type": ["string", "null"]},
                "messages": {"type": ["array", "null"], "items": {"type": "object"}, "minItems": 1},
                "session_id": {"type": ["string", "null"], "minLength": 1, "maxLength": 512},
                "requirements": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Capability"}},
                "max_tokens": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000000000000},
                "max_cost_usd": {"type": ["number", "null"], "minimum": 0},
                "explore": {"type": ["boolean", "null"]}
              },
              "additionalProperties": false
            }
            """##
        ),
        (
            "OutcomeReport",
            ##"""
            {
              "type": "object",
              "properties": {
                "status": {
                  "type": ["string", "null"],
                  "enum": ["ok", "error", "cancelled", null],
                  "description": "ok where absent."
                },
                "arm": {
                  "type": ["string", "null"],
                  "description": "The arm that was asked, where it is not the decision's."
                },
                "completion_id": {"type": ["string", "null"]},
                "prompt_tokens": {"type": ["integer", "null"], "minimum": 0, "maximum": 1000000000000},
                "cached_prompt_tokens": {"type": ["integer", "null"], "minimum": 0, "maximum": 1000000000000},
                "completion_tokens": {"type": ["integer", "null"], "minimum": 0, "maximum": 1000000000000},
                "cost_usd": {"type": ["number", "null"], "minimum": 0},
                "latency_ms": {"type": ["number", "null"], "minimum": 0},
                "http_status": {"type": ["integer", "null"], "minimum": 0, "maximum": 1000000000000},
                "error": {"type": ["string", "null"]}
              },
              "additionalProperties": false
            }
            """##
        ),
        (
            "Decision",
            ##"""
            {
              "type": "object",
              "properties": {
                "decision_id": {"type": "string", "format": "uuid"},
                "time": {"type": "string", "format": "date-time"},
                "route": {"type": "string"},
                "category": {"type": "string"},
                "category_by": {"type": "string", "enum": ["explicit", "rule", "pattern", "classifier", "default"]},
                "category_model": {"type": ["string", "null"]},
                "category_features": {"enum": ["words", "words+embedding", null]},
                "kind": {"type": "string", "enum": ["fresh", "sticky", "pinned"]},
                "policy": {"type": "string"},
                "state_version": {"type": "integer", "minimum": 0},
                "arms": {
                  "type": "array",
                  "items": {"type": "string"},
                  "minItems": 1,
                  "description": "The eligible arms."
                },
                "probabilities": {
                  "type": "array",
                  "items": {"type": "number", "minimum": 0, "maximum": 1},
                  "minItems": 1
                },
                "arm": {"type": "string"},
                "propensity": {"type": "number", "minimum": 0, "maximum": 1},
                "reward_per_usd": {
                  "type": ["number", "null"],
                  "minimum": 0,
                  "description": "Points of reward that a dollar had to buy: the dearer of the objective's price and the budget's."
                },
                "served_arm": {"type": ["string", "null"]},
                "reward": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                "completion_id": {"type": ["string", "null"]},
                "session_id": {"type": ["string", "null"]},
                "session_source": {
                  "type": ["string", "null"],
                  "description": "What named the session: a header or parameter, conversation (system prompt and first turn) or conversation_turns (all that was said)."
                },
                "key_id": {"type": ["string", "null"]},
                "eligible": {"type": "array", "items": {"type": "string"}},
                "excluded": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": {"arm": {"type": "string"}, "reason": {"type": "string"}},
                    "required": ["arm", "reason"],
                    "additionalProperties": false
                  }
                },
                "attempts": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": {
                      "arm": {"type": "string"},
                      "status": {"type": "string", "enum": ["ok", "error"]},
                      "http_status": {"type": ["integer", "null"]},
                      "error": {"type": ["string", "null"]},
                      "latency_ms": {"type": "number"},
                      "cost_usd": {"type": ["number", "null"]}
                    },
                    "required": ["arm", "status", "http_status", "error", "latency_ms", "cost_usd"],
                    "additionalProperties": false
                  }
                },
                "outcome": {
                  "type": "object",
                  "properties": {
                    "status": {"type": "string", "enum": ["pending", "ok", "error", "cancelled"]},
                    "prompt_tokens": {"type": ["integer", "null"], "minimum": 0},
                    "cached_prompt_tokens": {"type": ["integer", "null"], "minimum": 0},
                    "completion_tokens": {"type": ["integer", "null"], "minimum": 0},
                    "tokens_estimated": {
                      "type": ["boolean", "null"],
                      "description": "true: the provider did not say, the router estimated."
                    },
                    "cost_usd": {"type": ["number", "null"]},
                    "latency_ms": {"type": ["number", "null"]},
                    "first_byte_ms": {"type": ["number", "null"]}
                  },
                  "required": [
                    "status",
                    "prompt_tokens",
                    "cached_prompt_tokens",
                    "completion_tokens",
                    "tokens_estimated",
                    "cost_usd",
                    "latency_ms",
                    "first_byte_ms"
                  ],
                  "additionalProperties": false
                },
                "feedback": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": {
                      "feedback_id": {"type": "string"},
                      "metric": {"type": "string"},
                      "source": {"$ref": "#/components/schemas/Source"},
                      "value": {"type": ["boolean", "number", "null"]},
                      "comment": {"type": ["string", "null"]},
                      "time": {"type": "string", "format": "date-time"},
                      "counts": {"type": "boolean"}
                    },
                    "required": ["feedback_id", "metric", "source", "value", "comment", "time", "counts"],
                    "additionalProperties": false
                  }
                }
              },
              "required": [
                "decision_id",
                "time",
                "route",
                "category",
                "category_by",
                "category_model",
                "category_features",
                "kind",
                "policy",
                "state_version",
                "arms",
                "probabilities",
                "arm",
                "propensity",
                "reward_per_usd",
                "served_arm",
                "reward",
                "completion_id",
                "session_id",
                "session_source",
                "key_id",
                "eligible",
                "excluded",
                "attempts",
                "outcome",
                "feedback"
              ]
            }
            """##
        ),
        (
            "DecisionList",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"const": "list"},
                "next": {
                  "type": ["string", "null"],
                  "format": "uuid",
                  "description": "What `before` is to be for the decisions after these; null where nothing older is left."
                },
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Decision"}}
              },
              "required": ["object", "next", "data"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "Source",
            ##"""
            {"type": "string", "enum": ["user", "judge", "system"]}
            """##
        ),
        (
            "FeedbackRequest",
            ##"""
            {
              "type": "object",
              "properties": {
                "decision_id": {"type": ["string", "null"], "maxLength": 512},
                "completion_id": {
                  "type": ["string", "null"],
                  "maxLength": 512,
                  "description": "The id of the answer; exactly one of the two ids is given."
                },
                "metric": {
                  "type": ["string", "null"],
                  "description": "The first of the configuration where absent."
                },
                "value": {
                  "type": ["boolean", "number", "null"],
                  "description": "Of the metric's kind; null takes it back."
                },
                "source": {
                  "oneOf": [{"$ref": "#/components/schemas/Source"}, {"type": "null"}],
                  "description": "user where absent."
                },
                "comment": {"type": ["string", "null"], "maxLength": 16384},
                "idempotency_key": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
                "observed_at": {"type": ["string", "null"], "format": "date-time"}
              },
              "required": ["value"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "FeedbackReceipt",
            ##"""
            {
              "type": "object",
              "properties": {
                "feedback_id": {"type": "string"},
                "decision_id": {"type": "string", "format": "uuid"},
                "status": {
                  "type": "string",
                  "enum": ["applied", "duplicate", "replaced", "retracted", "expired"]
                },
                "arm": {"type": "string"},
                "category": {"type": "string"},
                "reward": {"type": ["number", "null"], "minimum": 0, "maximum": 1}
              },
              "required": ["feedback_id", "decision_id", "status", "arm", "category", "reward"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "FeedbackBatchResult",
            ##"""
            {
              "type": "object",
              "properties": {
                "results": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": {"index": {"type": "integer", "minimum": 0}},
                    "required": ["index"]
                  }
                },
                "accepted": {"type": "integer", "minimum": 0},
                "rejected": {"type": "integer", "minimum": 0}
              },
              "required": ["results", "accepted", "rejected"],
              "additionalProperties": false
            }
            """##
        ),
    ]
}
