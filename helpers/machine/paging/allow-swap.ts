import { existsSync, writeFileSync } from 'node:fs'
import type { Cage } from '../../cage/index.ts'

/**
 * Lets the processes of a memory group swap, which a cage forbids at first: its limit of memory stays, and what goes
 * beyond it goes out. Version 1 has a swappiness of each group, taken from the group above when it is made; version 2
 * has the machine's alone. Returns the file that tells what the group has in memory, pages of files included.
 */
export function allowSwap({ folder }: Pick<Cage, 'folder'>, swappiness: number): { usageFile: string } {
  if (existsSync(`${folder}/memory.swap.max`)) {
    writeFileSync(`${folder}/memory.swap.max`, 'max')
    return { usageFile: `${folder}/memory.current` }
  }
  // Not there where the kernel does not count swap by group; then nothing limits it.
  if (existsSync(`${folder}/memory.memsw.limit_in_bytes`)) writeFileSync(`${folder}/memory.memsw.limit_in_bytes`, '-1')
  // Version 1 takes 0 to 100 (200 since Linux 5.8).
  writeFileSync(`${folder}/memory.swappiness`, String(swappiness))
  return { usageFile: `${folder}/memory.usage_in_bytes` }
}
