/** This process's environment without what would make another Node behave as the runner's: flags, coverage, channel. */
export function cleanEnvironment(): Record<string, string> {
  const {
    NODE_OPTIONS: _o,
    NODE_V8_COVERAGE: _v,
    NODE_CHANNEL_FD: _c,
    NODE_CHANNEL_SERIALIZATION_MODE: _m,
    ...rest
  } = process.env
  return Object.fromEntries(
    Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
