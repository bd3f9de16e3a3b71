/**
 * The files beside a module that it names rather than imports: child programs, threads, data read at run time. Relative
 * paths, as `new URL('./driver.py', import.meta.url)` and `siblingModule(import.meta.url, 'guard')` have them; what the
 * second one names ends in the module's own extension.
 */
export function namedFiles(source: string, extension: '.ts' | '.js'): string[] {
  const byUrl = source.matchAll(/new URL\(\s*['"]([^'"]+)['"],\s*import\.meta\.url,?\s*\)/g)
  const siblings = source.matchAll(/siblingModule\(\s*import\.meta\.url,\s*['"]([^'"]+)['"],?\s*\)/g)
  return [...[...byUrl].map(([, path = '']) => path), ...[...siblings].map(([, name = '']) => `${name}${extension}`)]
}
