import { fileURLToPath } from 'node:url'
import type { ServerRecipe } from './server-recipe.ts'

export const testServerScript: string = fileURLToPath(new URL('server-for-tests.ts', import.meta.url))

/** How server-for-tests.ts is started. @param flags its own, after host and port. */
export const testRecipe = (flags: readonly string[] = [], changes: Partial<ServerRecipe> = {}): ServerRecipe => ({
  engine: 'openai',
  title: 'A test server',
  program: process.execPath,
  arguments: place => [place.path(testServerScript), '--host', place.host, '--port', String(place.port), ...flags],
  environment: ({ port }) => ({ SERVER_PORT: String(port) }),
  inherited: /^TEST_SERVER_/,
  readyPath: '/health',
  startLimitMs: 20_000,
  container: { image: 'none', port: 8080, gpus: false },
  ...changes,
})

/** The program of a process that starts a server, prints what `report` makes of it, and then waits to be ended. */
export const ownerProgram = (flags: readonly string[], how: string, image: string, report: string): string => {
  const module = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)
  return `
    const { launchServer } = await import(${module('index.ts')})
    const { testRecipe } = await import(${module('recipe-for-tests.ts')})
    const { processTree } = await import(${module('../../processes/index.ts')})
    const recipe = testRecipe(${JSON.stringify(flags)}${how === 'container' ? ", { program: 'node' }" : ''})
    const server = await launchServer(recipe, { how: '${how}', image: '${image}' })
    console.log(JSON.stringify(${report}))
    setInterval(() => {}, 1000)
  `
}
