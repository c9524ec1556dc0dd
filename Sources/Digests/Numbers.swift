// Exported, so that every file of this module sees it, and the compiler refuses unchecked conversions of numbers in all of them.
@_exported import Numbers
