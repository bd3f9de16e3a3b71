import { compiledCodeFolder } from '../../cache-folder.ts'
import { cleanEnvironment } from '../hosts/clean-environment.ts'

/** For the engine's processes. Compiling node-llama-cpp takes 150 ms of every load on two slow cores. */
export const engineEnvironment = (): NodeJS.ProcessEnv => ({
  NODE_COMPILE_CACHE: compiledCodeFolder,
  ...cleanEnvironment(),
})
