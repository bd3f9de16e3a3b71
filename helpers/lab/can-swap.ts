import type { Engine } from '../engines/index.ts'

/** Why models cannot be swapped on this engine, or null where they can: it loads and unloads them while it runs. */
export function whyNoSwapping({ identity, traits }: Pick<Engine, 'identity' | 'traits'>): string | null {
  if (traits.neverUnloads === null) return null
  const where = identity.url === '' ? identity.name : `${identity.name} at ${identity.url}`
  return `${where} cannot load and unload models: ${traits.neverUnloads}`
}
