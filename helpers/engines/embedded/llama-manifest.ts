import { findPackageJSON } from 'node:module'

/** package.json of node-llama-cpp; undefined where that package, an optional peer, is not installed. */
export function llamaManifest(): string | undefined {
  try {
    return findPackageJSON('node-llama-cpp', import.meta.url)
  } catch (error) {
    // Node returns undefined only where a folder of that name has no package.json.
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}
