/// JSON Schemas (2020-12) of bodies: keys, their limits, and what the operator’s endpoints answer.
extension APISchemas {
    static let keys: [(name: String, schema: String)] = [
        (
            "Scope",
            ##"""
            {"type": "string", "enum": ["chat", "outcome", "feedback", "read", "admin"]}
            """##
        ),
        (
            "Limits",
            ##"""
            {
              "type": "object",
              "properties": {
                "requests_per_minute": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000000000000},
                "tokens_per_minute": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000000000000},
                "concurrent": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000000000000},
                "usd_per_day": {"type": ["number", "null"], "minimum": 1e-9}
              },
              "additionalProperties": false
            }
            """##
        ),
        (
            "KeyRequest",
            ##"""
            {
              "type": "object",
              "properties": {
                "name": {"type": "string"},
                "scopes": {"type": "array", "items": {"$ref": "#/components/schemas/Scope"}, "minItems": 1},
                "group": {
                  "type": ["string", "null"],
                  "description": "Keys of a group may give feedback on each other's decisions; a group of its own where absent."
                },
                "limits": {"oneOf": [{"$ref": "#/components/schemas/Limits"}, {"type": "null"}]},
                "expires_at": {"type": ["string", "null"], "format": "date-time"}
              },
              "required": ["name", "scopes"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "Key",
            ##"""
            {
              "type": "object",
              "properties": {
                "id": {"type": "string"},
                "name": {"type": "string"},
                "group": {"type": "string"},
                "scopes": {"type": "array", "items": {"$ref": "#/components/schemas/Scope"}},
                "limits": {"$ref": "#/components/schemas/Limits"},
                "created_at": {"type": "string", "format": "date-time"},
                "expires_at": {"type": ["string", "null"], "format": "date-time"}
              },
              "required": ["id", "name", "group", "scopes", "limits", "created_at", "expires_at"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "CreatedKey",
            ##"""
            {
              "type": "object",
              "properties": {
                "key": {"type": "string", "pattern": "^br-"},
                "id": {"type": "string"},
                "name": {"type": "string"},
                "group": {"type": "string"},
                "scopes": {"type": "array", "items": {"$ref": "#/components/schemas/Scope"}},
                "limits": {"$ref": "#/components/schemas/Limits"},
                "created_at": {"type": "string", "format": "date-time"},
                "expires_at": {"type": ["string", "null"], "format": "date-time"}
              },
              "required": ["key", "id", "name", "group", "scopes", "limits", "created_at", "expires_at"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "KeyList",
            ##"""
            {
              "type": "object",
              "properties": {
                "object": {"const": "list"},
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Key"}}
              },
              "required": ["object", "data"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "Reloaded",
            ##"""
            {
              "type": "object",
              "properties": {
                "status": {"const": "reloaded"},
                "arms": {"$ref": "#/components/schemas/ReloadChanges"},
                "routes": {"$ref": "#/components/schemas/ReloadChanges"},
                "sections": {"type": "array", "items": {"type": "string"}},
                "added_arms": {
                  "type": "object",
                  "properties": {
                    "kept": {"type": "array", "items": {"type": "string"}},
                    "skipped": {
                      "type": "array",
                      "items": {
                        "type": "object",
                        "properties": {"arm": {"type": "string"}, "reason": {"type": "string"}},
                        "required": ["arm", "reason"],
                        "additionalProperties": false
                      }
                    }
                  },
                  "required": ["kept", "skipped"],
                  "additionalProperties": false
                }
              },
              "required": ["status", "arms", "routes", "sections", "added_arms"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "ReloadChanges",
            ##"""
            {
              "type": "object",
              "properties": {
                "added": {"type": "array", "items": {"type": "string"}},
                "removed": {"type": "array", "items": {"type": "string"}},
                "changed": {"type": "array", "items": {"type": "string"}}
              },
              "required": ["added", "removed", "changed"],
              "additionalProperties": false
            }
            """##
        ),
        (
            "Liveness",
            ##"""
            {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]}
            """##
        ),
        (
            "Readiness",
            ##"""
            {
              "type": "object",
              "properties": {
                "status": {"type": "string", "enum": ["ready", "not_ready"]},
                "store": {
                  "type": "object",
                  "properties": {
                    "writable": {"type": "boolean"},
                    "reason": {"type": ["string", "null"]},
                    "since": {"type": "string", "format": "date-time"}
                  },
                  "required": ["writable", "reason", "since"],
                  "additionalProperties": false
                }
              },
              "required": ["status", "store"]
            }
            """##
        ),
    ]
}
