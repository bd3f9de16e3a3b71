/**
 * A module beside the caller's, as source (.ts) or compiled (.js), whichever the caller is: for programs and threads, which
 * are started by their path. The build of the package finds them by calls of this function.
 */
export function siblingModule(callerUrl: string, name: string): URL {
  return new URL(`${name}${callerUrl.endsWith('.ts') ? '.ts' : '.js'}`, callerUrl)
}
