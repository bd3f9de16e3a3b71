/** What the suite's package.json may hold, as far as the package is concerned. */
export type Manifest = Readonly<Record<string, unknown>>

/**
 * The fields that a project which installs the package needs. Everything else belongs to the repository: its scripts (npm
 * would run `postinstall` in every project), Node itself as an optional dependency, tools, `private`.
 */
const published = [
  'name',
  'version',
  'description',
  'keywords',
  'license',
  'type',
  'engines',
  'files',
  'bin',
  'exports',
  'dependencies',
  'peerDependencies',
  'peerDependenciesMeta',
] as const

/** package.json of the package, from that of the repository; the order of the fields is fixed. */
export const publishedManifest = (repository: Manifest): Manifest =>
  Object.fromEntries(published.filter(field => field in repository).map(field => [field, repository[field]]))
