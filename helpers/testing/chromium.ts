import { type Browser, chromium } from 'playwright-core'
import { TestRunner } from 'vitest'
import { programPath } from '../engines/hosts/program-path.ts'

const programs = ['chromium', 'chromium-browser', 'google-chrome']

/**
 * A headless Chromium of this machine, closed when it is disposed: `await using browser = await startChromium()`.
 * `TEST_BROWSER` (a program or its path) names another than the first on the PATH. Where there is none and none is
 * named, the test that runs is skipped with the reason.
 *
 * @throws Error when the browser does not start; a named one that is not there does not start either.
 */
export async function startChromium(): Promise<Browser> {
  const named = process.env.TEST_BROWSER
  const program = (named === undefined ? programs : [named]).map(name => programPath(name)).find(Boolean)
  if (program === undefined) return withoutBrowser(named)
  // Chromium's sandbox refuses to run as root, which is what a container's tests run as.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return await chromium.launch({ executablePath: program, args })
}

function withoutBrowser(named: string | undefined): never {
  if (named !== undefined) throw new Error(`TEST_BROWSER names ${named}, and there is no such program.`)
  const reason = `no Chromium on the PATH (${programs.join(', ')}); TEST_BROWSER names another program`
  const test = TestRunner.getCurrentTest()
  if (!test) throw new Error(reason)
  return test.context.skip(reason)
}
