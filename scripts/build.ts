/** Builds the package into dist/: `npm run build`. `npm pack` does it by itself. */
import { buildPackage } from '../helpers/package/index.ts'
import { runProgram } from '../helpers/program/index.ts'

await runProgram(() => buildPackage(process.cwd()))
