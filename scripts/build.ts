/** Builds the package into dist/: `npm run build`. `npm pack` does it by itself. */
import { PerfError } from '../helpers/errors.ts'
import { buildPackage } from '../helpers/package/index.ts'

try {
  buildPackage(process.cwd())
} catch (error) {
  if (!(error instanceof PerfError)) throw error
  console.error(error.message)
  process.exitCode = error.exitCode
}
