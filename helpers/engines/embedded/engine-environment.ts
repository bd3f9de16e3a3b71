import { compiledCodeFolder } from '../../cache-folder.ts'

/** For the engine's processes: without what would make their Node behave as the runner's, its flags and its coverage. */
export function engineEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, NODE_CHANNEL_FD: _channel, ...rest } = process.env
  // Compiling node-llama-cpp takes 150 ms of every load on two slow cores.
  return { NODE_COMPILE_CACHE: compiledCodeFolder, ...rest }
}
