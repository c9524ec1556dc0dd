/// JSON Schemas (2020-12) of bodies: what reading answers, and changes of the catalogue.
extension APISchemas {
    static let reading: [(name: String, schema: String)] = [
        (
            "DecisionContent",
            ##"""
            {
              "type": "object",
              "properties": {
                "decision_id": {"type": "string", "format": "uuid"},
                "request": {
                  "type": ["string", "null"], "description": "The body as the client sent it; null: longer than 1 MiB."
                },
                "answer": {
                  "type": ["string", "null"],
                  "description": "The body as the client got it, JSON or the events of a stream; null: none, or longer than 1 MiB."
                }
              },
              "required": ["decision_id", "request", "answer"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "Price",
            ##"""
            {
              "type": "object",
              "properties": {
                "input_per_million_usd": {"type": "number", "minimum": 0},
                "output_per_million_usd": {"type": "number", "minimum": 0},
                "cached_input_per_million_usd": {"type": ["number", "null"], "minimum": 0},
                "cache_write_input_per_million_usd": {"type": ["number", "null"], "minimum": 0},
                "cache_write_1h_input_per_million_usd": {"type": ["number", "null"], "minimum": 0},
                "audio_input_per_million_usd": {"type": ["number", "null"], "minimum": 0},
                "image_input_per_million_usd": {"type": ["number", "null"], "minimum": 0},
                "reasoning_per_million_usd": {"type": ["number", "null"], "minimum": 0},
                "audio_output_per_million_usd": {"type": ["number", "null"], "minimum": 0}
              },
              "required": ["input_per_million_usd", "output_per_million_usd"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "Prior",
            ##"""
            {
              "type": "object",
              "properties": {
                "mean": {"type": "number", "minimum": 0.001, "maximum": 0.999},
                "strength": {"type": "number", "minimum": 0.01, "maximum": 1000000}
              },
              "required": ["mean", "strength"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "MediaTokens",
            ##"""
            {
              "type": "object",
              "description": "Tokens that content is taken for which is no text.",
              "properties": {
                "image": {"type": "number", "minimum": 0, "maximum": 1000000},
                "image_tile": {"type": "number", "minimum": 0, "maximum": 1000000},
                "audio_second": {"type": "number", "minimum": 0, "maximum": 1000000},
                "video_second": {"type": "number", "minimum": 0, "maximum": 1000000},
                "document_page": {"type": "number", "minimum": 0, "maximum": 1000000}
              },
              "additionalProperties": false
            }
            """##
        ),
        (
            "Arm",
            ##"""
            {
              "type": "object",
              "properties": {
                "id": {"type": "string"},
                "object": {"const": "arm"},
                "provider": {"type": "string"},
                "model": {"type": "string"},
                "enabled": {"type": "boolean"},
                "source": {"type": "string", "enum": ["file", "api"]},
                "context_window": {"type": ["integer", "null"], "minimum": 1},
                "capabilities": {"type": "array", "items": {"$ref": "#/components/schemas/Capability"}},
                "price": {"oneOf": [{"$ref": "#/components/schemas/Price"}, {"type": "null"}]},
                "media_tokens": {"$ref": "#/components/schemas/MediaTokens"},
                "prior": {"$ref": "#/components/schemas/Prior"},
                "routes": {"type": "array", "items": {"type": "string"}},
                "health": {
                  "type": "object",
                  "properties": {
                    "state": {"type": "string", "enum": ["closed", "open", "half_open", "cooldown"]},
                    "refused_keys": {
                      "type": "integer",
                      "description": "Keys that the arm is not asked for, because their own requests failed."
                    }
                  },
                  "required": ["state", "refused_keys"],
                  "additionalProperties": false
                }
              },
              "required": [
                "id",
                "object",
                "provider",
                "model",
                "enabled",
                "source",
                "context_window",
                "capabilities",
                "price",
                "prior",
                "routes",
                "health"
              ]
            }
            """##
        ),
        (
            "ArmList",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"const": "list"},
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Arm"}}
              },
              "required": ["object", "data"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "NewArm",
            ##"""
            {
              "type": "object",
              "properties": {
                "id": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:@/+-]*$", "maxLength": 512},
                "provider": {"type": "string", "minLength": 1, "maxLength": 512},
                "model": {"type": "string", "minLength": 1, "maxLength": 512},
                "enabled": {"type": ["boolean", "null"]},
                "context_window": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000000000},
                "capabilities": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Capability"}},
                "price": {"oneOf": [{"$ref": "#/components/schemas/Price"}, {"type": "null"}]},
                "prior": {
                  "type": ["object", "null"],
                  "properties": {
                    "mean": {"type": "number", "minimum": 0.001, "maximum": 0.999},
                    "strength": {"type": "number", "minimum": 0.01, "maximum": 1000000}
                  },
                  "additionalProperties": false
                },
                "expected_tokens": {
                  "type": ["object", "null"],
                  "properties": {
                    "input": {"type": "number", "minimum": 0.001, "maximum": 1000000000},
                    "output": {"type": "number", "minimum": 0.001, "maximum": 1000000000}
                  },
                  "additionalProperties": false
                },
                "media_tokens": {"oneOf": [{"$ref": "#/components/schemas/MediaTokens"}, {"type": "null"}]},
                "routes": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                "canary_share": {
                  "type": ["number", "null"],
                  "minimum": 0,
                  "maximum": 1,
                  "description": "Share of the draws of its routes, whatever the policy believes of it; 0 or null: none."
                }
              },
              "required": ["id", "provider", "model", "routes"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "ArmChange",
            ##"""
            {
              "type": "object",
              "properties": {
                "model": {"type": "string", "minLength": 1, "maxLength": 512},
                "enabled": {"type": ["boolean", "null"]},
                "context_window": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000000000},
                "capabilities": {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Capability"}},
                "price": {"oneOf": [{"$ref": "#/components/schemas/Price"}, {"type": "null"}]},
                "prior": {
                  "type": ["object", "null"],
                  "properties": {
                    "mean": {"type": "number", "minimum": 0.001, "maximum": 0.999},
                    "strength": {"type": "number", "minimum": 0.01, "maximum": 1000000}
                  },
                  "additionalProperties": false
                },
                "expected_tokens": {
                  "type": ["object", "null"],
                  "properties": {
                    "input": {"type": "number", "minimum": 0.001, "maximum": 1000000000},
                    "output": {"type": "number", "minimum": 0.001, "maximum": 1000000000}
                  },
                  "additionalProperties": false
                },
                "media_tokens": {"oneOf": [{"$ref": "#/components/schemas/MediaTokens"}, {"type": "null"}]},
                "routes": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                "canary_share": {
                  "type": ["number", "null"],
                  "minimum": 0,
                  "maximum": 1,
                  "description": "Share of the draws of its routes, whatever the policy believes of it; 0 or null: none."
                }
              },
              "additionalProperties": false
            }
            """##
        ),
        (
            "Route",
            ##"""
            {
              "type": "object",
              "properties": {
                "id": {"type": "string"},
                "object": {"const": "route"},
                "arms": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                "policy": {"type": "string"},
                "exploration_floor": {"type": "number", "minimum": 0, "maximum": 1},
                "affinity": {"type": "string", "enum": ["conversation", "session", "none"]},
                "half_life_s": {"type": ["number", "null"]},
                "objective": {
                  "type": "object",
                  "properties": {
                    "dollars_per_quality": {"type": ["number", "null"]},
                    "seconds_per_quality": {"type": ["number", "null"]}
                  },
                  "required": ["dollars_per_quality", "seconds_per_quality"],
                  "additionalProperties": false
                },
                "fallback": {
                  "type": "object",
                  "properties": {
                    "max_attempts": {"type": "integer", "minimum": 1},
                    "last_resort": {"type": ["string", "null"]}
                  },
                  "required": ["max_attempts", "last_resort"],
                  "additionalProperties": false
                },
                "canary": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "properties": {
                      "arm": {"type": "string"},
                      "share": {"type": "number", "minimum": 0, "maximum": 1}
                    },
                    "required": ["arm", "share"],
                    "additionalProperties": false
                  }
                },
                "budget": {
                  "oneOf": [
                    {"type": "null"},
                    {
                      "type": "object",
                      "description": "What the route may spend, what it spent, and the price of money that keeps it within.",
                      "properties": {
                        "usd_per_request": {"type": "number", "exclusiveMinimum": 0},
                        "usd_per_day": {"type": "number", "exclusiveMinimum": 0},
                        "window": {"type": "integer", "minimum": 1},
                        "every": {"type": "integer", "minimum": 1},
                        "hard_cap_usd": {"type": ["number", "null"], "exclusiveMinimum": 0},
                        "requests": {"type": "integer", "minimum": 0},
                        "spent_usd": {"type": "number", "minimum": 0},
                        "dollars_per_quality": {"type": ["number", "null"], "exclusiveMinimum": 0},
                        "shadow_prices": {
                          "type": "object",
                          "properties": {
                            "low": {"type": "number", "minimum": 0},
                            "high": {"type": "number", "minimum": 0},
                            "share_of_low": {"type": "number", "minimum": 0, "maximum": 1}
                          },
                          "required": ["low", "high", "share_of_low"],
                          "additionalProperties": false
                        }
                      },
                      "required": [
                        "window", "every", "hard_cap_usd", "requests", "spent_usd", "dollars_per_quality", "shadow_prices"
                      ],
                      "additionalProperties": false
                    }
                  ]
                }
              },
              "required": [
                "id",
                "object",
                "arms",
                "policy",
                "exploration_floor",
                "affinity",
                "half_life_s",
                "objective",
                "fallback",
                "canary",
                "budget"
              ]
            }
            """##
        ),
        (
            "RouteList",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"const": "list"},
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Route"}}
              },
              "required": ["object", "data"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "Category",
            ##"""
            {
              "type": "object",
              "properties": {
                "id": {"type": "string"},
                "object": {"const": "category"},
                "description": {"type": ["string", "null"]}
              },
              "required": ["id", "object", "description"]
            }
            """##
        ),
        (
            "CategoryList",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"const": "list"},
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Category"}}
              },
              "required": ["object", "data"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "Posterior",
            ##"""
            {
              "type": "object",
              "properties": {
                "route": {"type": "string"},
                "category": {"type": "string"},
                "arm": {"type": "string"},
                "n": {"type": "number"},
                "reward_sum": {"type": "number"},
                "observed_mean": {"type": ["number", "null"]},
                "mean": {"type": "number", "minimum": 0, "maximum": 1},
                "alpha": {"type": "number"},
                "beta": {"type": "number"},
                "prior_alpha": {"type": "number"},
                "prior_beta": {"type": "number"},
                "interval": {
                  "type": "array",
                  "items": {"type": "number", "minimum": 0, "maximum": 1},
                  "minItems": 2,
                  "maxItems": 2
                },
                "probability_best": {"type": "number", "minimum": 0, "maximum": 1},
                "probability": {"type": "number", "minimum": 0, "maximum": 1},
                "expected_cost_usd": {"type": ["number", "null"]},
                "expected_latency_ms": {"type": ["number", "null"]},
                "utility": {"type": "number"}
              },
              "required": [
                "route",
                "category",
                "arm",
                "n",
                "reward_sum",
                "observed_mean",
                "mean",
                "alpha",
                "beta",
                "prior_alpha",
                "prior_beta",
                "interval",
                "probability_best",
                "probability",
                "expected_cost_usd",
                "expected_latency_ms",
                "utility"
              ]
            }
            """##
        ),
        (
            "PosteriorList",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"const": "list"},
                "as_of": {"type": "string", "format": "date-time"},
                "version": {"type": "integer", "minimum": 0},
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Posterior"}}
              },
              "required": ["object", "as_of", "version", "data"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "UsageRow",
            ##"""
            {
              "type": "object",
              "properties": {
                "route": {"type": ["string", "null"]},
                "category": {"type": ["string", "null"]},
                "arm": {"type": ["string", "null"]},
                "key": {"type": ["string", "null"]},
                "day": {"type": ["string", "null"], "format": "date"},
                "hour": {"type": ["string", "null"], "format": "date-time"},
                "requests": {"type": "integer", "minimum": 0},
                "prompt_tokens": {"type": "integer", "minimum": 0},
                "completion_tokens": {"type": "integer", "minimum": 0},
                "cost_usd": {"type": "number", "minimum": 0},
                "unknown_cost_requests": {"type": "integer", "minimum": 0},
                "errors": {"type": "integer", "minimum": 0}
              },
              "required": [
                "requests",
                "prompt_tokens",
                "completion_tokens",
                "cost_usd",
                "unknown_cost_requests",
                "errors"
              ]
            }
            """##
        ),
        (
            "UsageList",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"const": "list"},
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/UsageRow"}}
              },
              "required": ["object", "data"],
              "additionalProperties": false
            }
            """##
        ),
    ]
}
