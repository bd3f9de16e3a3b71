import { globSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Version of a Python package by the folder that its installation leaves beside it (`vllm-0.32.0.dist-info`, PEP 376);
 * null where there is none. A program that takes many seconds to import what it is made of is not asked.
 *
 * @param program that the package has installed, in `bin` of an environment.
 */
export function installedVersion(name: string, program: string): string | null {
  const environment = dirname(dirname(realpathSync(program)))
  const [found] = globSync(`lib/python3*/{site,dist}-packages/${name}-*.dist-info`, { cwd: environment })
  if (found === undefined) return null
  return /-([^-]+)\.dist-info$/.exec(join(environment, found))?.[1] ?? null
}
