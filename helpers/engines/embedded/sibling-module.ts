/** A module beside the caller's, as source (.ts) or compiled (.js), whichever the caller is. */
export function siblingModule(callerUrl: string, name: string): URL {
  return new URL(`${name}${callerUrl.endsWith('.ts') ? '.ts' : '.js'}`, callerUrl)
}
