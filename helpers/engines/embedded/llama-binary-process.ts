/**
 * Loads llama.cpp's binary for the CPU once, which node-llama-cpp tests before in a process of its own. Exit code 0: it runs
 * on this machine; else what is wrong is on standard error. What was compiled of the library is kept for the models.
 */
import { getLlama, LlamaLogLevel } from 'node-llama-cpp'

try {
  await getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: LlamaLogLevel.error })
  process.exit(0)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
