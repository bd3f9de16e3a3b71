import { Document } from 'yaml'

/** A service of a compose file, in compose's own words. */
export type ComposeService = Record<string, unknown>

/** The text of a compose file. */
export function composeFile(
  heading: readonly string[],
  project: { name: string; services: Record<string, ComposeService>; volumes: readonly string[] },
): string {
  const { name, services, volumes } = project
  const document = new Document(
    {
      name,
      services,
      ...(volumes.length > 0 && { volumes: Object.fromEntries(volumes.map(volume => [volume, {}])) }),
    },
    // By the older rules `no` and `off` are no texts: both are quoted, and read alike by everybody.
    { version: '1.1', aliasDuplicateObjects: false },
  )
  document.commentBefore = heading.map(line => ` ${line}`).join('\n')
  // A line that is folded reads worse than a long one.
  return document.toString({ lineWidth: 0 })
}
