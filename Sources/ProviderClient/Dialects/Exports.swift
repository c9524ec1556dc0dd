// Exported: who speaks with providers speaks their dialects.
@_exported import Dialects
